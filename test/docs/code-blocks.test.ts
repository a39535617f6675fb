import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeBlocksOf, markdownFiles, root, withoutCode, type CodeBlock } from './markdown-files.js';

/** All blocks of these languages are compiled or parsed, by tests that take every document. */
const CHECKED_WHOLE: ReadonlyMap<string, string> = new Map([
  ['ts', 'test/docs/programs.test.ts'],
  ['js', 'test/docs/programs.test.ts'],
  ['json', 'test/docs/commands.test.ts'],
  ['yaml', 'test/docs/commands.test.ts'],
  ['promql', 'test/docs/promql.test.ts'],
  ['php', 'test/docs/other-languages.redis.test.ts'],
  ['python', 'test/docs/other-languages.redis.test.ts'],
]);

/** Lines that no test runs as they stand, each with the reason. `commands.test.ts` checks their scripts, flags and files. */
const LINES_BY_KIND: readonly { readonly line: RegExp; readonly reason: string }[] = [
  { line: /^(?:\w+=\S+ )*npm (?:start|test|run [\w:]+)\b/, reason: 'a script of this repository' },
  { line: /^(?:\w+=\S+ )*bash \.ci\/run\b/, reason: 'all that CI runs' },
  { line: /^(?:\w+=\S+ )*docker(?:-compose)? /, reason: 'takes images, or minutes to build them; the lane compose' },
  { line: /^(?:kubectl|helm) /, reason: 'changes the cluster of the reader; the lane kubernetes' },
  { line: /^npm (?:install|pack|ci)\b/, reason: 'takes a registry; test/stack/packages.test.ts installs the archives' },
  { line: /^(?:pip|composer) /, reason: 'takes a registry; clients/test installs the packages from the checkout' },
  { line: /^(?:\w+=\S+ )*k6 run /, reason: 'k6 is not installed; load-test/test checks its options and summary' },
];

/** Blocks that a test runs, as `file # heading`, with the test and a text that it must have. */
const RUN_BY: readonly (readonly [block: string, test: string, text: string])[] = [
  ['README.md # Start in 30 seconds', 'test/stack/readme.test.ts', 'README.md'],
  ['README.md # Judge a release', 'test/stack/experiments-manual.test.ts', 'Judge a release'],
  ['docs/tour.md # From a request to a dashboard', 'test/stack/readme.test.ts', 'docs/tour.md'],
  ['docs/operations.md # RedmeterScriptFailing', 'test/stack/readme.test.ts', 'docs/operations.md'],
  ['docs/operations.md # RedmeterKeysSkipped', 'test/stack/readme.test.ts', 'docs/operations.md'],
  ['docs/operations.md # RedmeterRedisEvictionPolicy', 'test/stack/readme.test.ts', 'docs/operations.md'],
  [
    'docs/operations.md # redmeter doctor',
    'packages/experiment/test/cli/doctor-command/access.redis.test.ts',
    'operations.md',
  ],
  ['docs/operations.md # Your own Prometheus', '.ci/run', 'promtool check rules prometheus/*.rules.yml'],
  ['docs/wire-format.md # The wire format', 'test/stack/readme.test.ts', 'docs/wire-format.md'],
  ['docs/wire-format.md # Hashes', 'test/stack/readme.test.ts', 'docs/wire-format.md'],
  ['docs/wire-format.md # Internal keys', 'test/stack/readme.test.ts', 'docs/wire-format.md'],
  ['docs/experiments/tutorial.md # First experiment', 'test/stack/experiments-manual.test.ts', "'First experiment'"],
  ['docs/experiments/tutorial.md # Compare two versions', 'test/stack/experiments.test.ts', 'compare-versions'],
  [
    'docs/experiments/tutorial.md # SLOs from outside and from inside',
    'test/stack/experiments.test.ts',
    'slo-from-redis',
  ],
  [
    'docs/experiments/tutorial.md # Plan before you run',
    'packages/experiment/test/cli/plan-command.test.ts',
    "'--effect'",
  ],
  ['docs/experiments/running.md # Pull requests', 'packages/experiment/test/cli/results-command.test.ts', "'diff'"],
  ['docs/experiments/store.md # Metrics of versions, by user', 'test/stack/abn-manual.test.ts', 'store.md'],
  [
    'docs/experiments/store.md # The metrics store',
    'packages/experiment/test/store/redis-store.redis.test.ts',
    'store.md',
  ],
  ['docs/releases.md # First release', 'test/stack/releases-manual.test.ts', 'docs/releases.md'],
  ['docs/service.md # Start', 'test/stack/service-manual.test.ts', 'docs/service.md'],
  ['packages/service/README.md # @redmeter/service', 'test/stack/service-manual.test.ts', 'serve'],
  ['packages/experiment/README.md # @redmeter/experiment', 'test/stack/experiments-manual.test.ts', 'load-test'],
  [
    'packages/redis-metrics/docs/merge-script.md # Try it',
    'packages/redis-metrics/test/documents.redis.test.ts',
    'merge-script.md',
  ],
  ['packages/redis-metrics/docs/redis.md # ACL rules', 'packages/redis-metrics/test/documents.ts', 'docs/redis.md'],
  ['exporter/README.md # @redmeter/exporter', 'exporter/test/cli/main.redis.test.ts', "'--redis'"],
  ['docs/exporters.md # Several scripts instead of one', 'test/stack/script-pages.test.ts', "'--pages'"],
  [
    'docs/exporters.md # Push to Prometheus',
    'exporter/test/push/start-push.prometheus.test.ts',
    "'--push.remote-write'",
  ],
  ['docs/opentelemetry.md # Receive OTLP', 'exporter/test/cli/main.redis.test.ts', "'--otlp.listen"],
  ['docs/opentelemetry.md # From Node, Python and Go', 'test/docs/opentelemetry.test.ts', 'From Node, Python and Go'],
  ['docs/opentelemetry.md # Several receivers', 'test/docs/opentelemetry.test.ts', 'nginx'],
  [
    'docs/simulation.md # The reference and the merge script',
    'packages/redis-metrics/test/simulation/simulation.redis.test.ts',
    "'--redis'",
  ],
  ['docs/kubernetes.md # Experiments', 'test/charts/experiment.kubernetes.test.ts', "'assert'"],
  ['charts/experiment/README.md # Helm chart experiment', 'test/charts/experiment.kubernetes.test.ts', "'assert'"],
  ['charts/redmeter/README.md # Sidecar', 'test/charts/redmeter-programs.kubernetes.test.ts', 'shop'],
  ['app/README.md # Demo store', 'test/stack/releases-manual.test.ts', 'releases.md'],
  ['load-test/README.md # Load tests', 'load-test/test/simple-load-test.redis.test.ts', 'simple-load-test'],
];

/** What shows output, a key or a picture, and is no program: those of no language, and pictures that are generated. */
const SHOWN: ReadonlyMap<string, (block: CodeBlock, before: string) => boolean> = new Map([
  ['', ({ text }: CodeBlock) => !/^(?:\$ |npm |npx |redmeter |curl |redis-cli )/m.test(text)],
  ['text', ({ text }: CodeBlock) => !/^(?:\$ |npm |npx |redmeter |curl |redis-cli )/m.test(text)],
  ['mermaid', (_block: CodeBlock, before: string) => /<!-- generated: [^>]*-->\n\n$/.test(before)],
  ['dockerfile', ({ text }: CodeBlock) => text.includes('registry.')],
]);

const blocks = markdownFiles.flatMap(codeBlocksOf);

/** The block's document up to it. */
function before({ file, line }: CodeBlock): string {
  return `${readFileSync(join(root, file), 'utf8')
    .split('\n')
    .slice(0, line - 1)
    .join('\n')}\n`;
}

function nameOf(block: CodeBlock): string {
  const headings = [...withoutCode(before(block)).matchAll(/^#+ (.+)$/gm)];
  return `${block.file} # ${headings.at(-1)?.[1] ?? ''}`;
}

/** The commands of a block, one a line, that are of no kind above. */
function unexplainedLines({ text }: CodeBlock): string[] {
  return text
    .replaceAll('\\\n', ' ')
    .split(/\n|&&/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && !/^(?:cd|mkdir) \S+/.test(line))
    .filter((line) => !LINES_BY_KIND.some(({ line: pattern }) => pattern.test(line)));
}

/** Whether a test runs, compiles or parses a block, or it is shown only. */
function isChecked(block: CodeBlock): boolean {
  if (CHECKED_WHOLE.has(block.language)) return true;
  const shown = SHOWN.get(block.language);
  if (shown !== undefined) return shown(block, before(block));
  if (RUN_BY.some(([name]) => name === nameOf(block))) return true;
  return ['sh', 'bash'].includes(block.language) && unexplainedLines(block).length === 0;
}

describe('code blocks of the documents', () => {
  it('are all run, compiled or parsed by a test, or of a kind that no test can run', () => {
    const unknown = blocks.filter((block) => !isChecked(block));
    expect(unknown.map((block) => `${block.file}:${block.line}: ${nameOf(block)} (${block.language})`)).toEqual([]);
  });

  it.each(RUN_BY.map(([name, test, text]) => [name, test, text]))('%s is run by %s', (name, test, text) => {
    expect(blocks.map(nameOf)).toContain(name);
    expect(readFileSync(join(root, test), 'utf8')).toContain(text);
  });

  it.each([...CHECKED_WHOLE])('of %s are taken by %s', (language, test) => {
    expect(existsSync(join(root, test))).toBe(true);
    const text = readFileSync(join(root, test), 'utf8');
    expect(text).toMatch(/markdownFiles\s*\.flatMap/);
    expect(text).toContain(`'${language}'`);
  });

  it('that nobody runs are found', () => {
    const block = { file: 'README.md', line: 1, language: 'sh', text: 'npm test\nredmeter run\n' };
    expect([isChecked(block), unexplainedLines(block)]).toEqual([false, ['redmeter run']]);
    expect(isChecked({ ...block, text: 'npm test && cd x\n' })).toBe(true);
    expect(isChecked({ ...block, language: 'ruby' })).toBe(false);
  });
});
