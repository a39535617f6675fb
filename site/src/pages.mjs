// Which document is which page of the site, in the order of a newcomer's questions.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The checkout, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * A page: the Markdown file it shows, relative to the checkout, its path on the site without `.md`, and its title in the menu.
 * @typedef {{ source: string, path: string, title: string }} Page
 * @typedef {{ title: string, pages: Page[] }} Section
 */

/** The chapters, each with its documents and their paths; a name that ends with `*` stands for all others that begin so. */
const chapters = /** @type {const} */ ([
  [
    'Start',
    [
      ['README.md', 'start', 'What it is, and 30 seconds'],
      ['docs/tour.md', 'tour'],
      ['docs/faq.md', 'faq', 'Questions and answers'],
    ],
  ],
  [
    'Record metrics',
    [
      ['packages/redis-metrics/README.md', 'library/start', 'From a Node application'],
      ['packages/redis-metrics/docs/*', 'library/'],
      ['packages/opentelemetry/README.md', 'library/opentelemetry', 'From OpenTelemetry in Node'],
      ['clients/*', 'clients/'],
      ['docs/wire-format.md', 'wire-format'],
      ['docs/conformance.md', 'conformance'],
    ],
  ],
  [
    'See them in Prometheus',
    [
      ['docs/exporters.md', 'exporters', 'Choose and run a sidecar'],
      ['exporter/README.md', 'exporter', 'The native exporter'],
      ['docs/opentelemetry.md', 'opentelemetry'],
    ],
  ],
  [
    'Experiments',
    [
      ['docs/experiments.md', 'experiments/overview', 'Overview'],
      ['docs/experiments/tutorial.md', 'experiments/tutorial'],
      ['docs/experiments/running.md', 'experiments/running'],
      ['docs/experiments/*', 'experiments/'],
    ],
  ],
  [
    'Releases',
    [
      ['docs/releases.md', 'releases'],
      ['docs/service.md', 'service'],
    ],
  ],
  [
    'Kubernetes',
    [
      ['docs/kubernetes*', 'kubernetes/'],
      ['charts/*', 'kubernetes/charts/'],
    ],
  ],
  [
    'Operations',
    [
      ['docs/operations.md', 'operations'],
      ['docs/troubleshooting.md', 'troubleshooting'],
      ['SECURITY.md', 'security'],
    ],
  ],
  [
    'Background',
    [
      ['docs/glossary.md', 'glossary'],
      ['docs/decisions/README.md', 'decisions/overview', 'Decisions'],
      ['docs/decisions/*', 'decisions/'],
      ['docs/model.md', 'model'],
      ['docs/simulation.md', 'simulation'],
      ['docs/benchmarks.md', 'benchmarks'],
      ['benchmarks/README.md', 'measure', 'Run the benchmarks'],
      ['load-test/README.md', 'load-test'],
      ['app/README.md', 'demo-store'],
      ['docs/architecture.md', 'architecture'],
      ['CONTRIBUTING.md', 'contributing'],
      ['CHANGELOG.md', 'changelog'],
      ['docs/*', ''],
    ],
  ],
]);

/** Documents that are no page: the index of the others, which the menu is here. */
const LEFT_OUT = ['docs/README.md'];

/** The chapters with their pages. @returns {Section[]} */
export function readSections() {
  const { stdout } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: root,
    encoding: 'utf8',
  });
  const files = stdout.trim().split('\n');
  const named = new Set(chapters.flatMap(([, entries]) => entries.map(([source]) => /** @type {string} */ (source))));
  /** @type {Set<string>} */
  const taken = new Set(LEFT_OUT);
  return chapters
    .map(([title, entries]) => ({
      title,
      pages: entries.flatMap(([pattern, path, shown]) => {
        const sources = pattern.endsWith('*')
          ? files.filter((file) => file.startsWith(pattern.slice(0, -1)) && !named.has(file) && !taken.has(file))
          : files.filter((file) => file === pattern);
        for (const source of sources) taken.add(source);
        return sources.map((source) => ({
          source,
          path: pattern.endsWith('*') ? `${path}${nameOf(source, pattern)}` : path,
          title: shown ?? titleOf(source),
        }));
      }),
    }))
    .filter(({ pages }) => pages.length > 0);
}

/**
 * The name of a page that its chapter does not name: that of its file, or of its folder for a README.
 * @param {string} source
 * @param {string} pattern
 */
function nameOf(source, pattern) {
  const rest = source.slice(pattern.lastIndexOf('/') + 1).replace(/\.md$/, '');
  return rest.replace(/\/README$/, '').toLowerCase();
}

/** @param {string} source */
function titleOf(source) {
  const [, title = source] = /^# (.+)$/m.exec(readFileSync(`${root}${source}`, 'utf8')) ?? [];
  return title.replace(/`/g, '');
}
