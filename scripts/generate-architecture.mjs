// npm run generate, the part for docs/architecture.md: draws who imports whom, as dependency-cruiser sees it, between the markers there.
import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

/** @typedef {Map<string, Set<string>>} Graph each box with those it imports */

const root = fileURLToPath(new URL('..', import.meta.url));
const workspaces = /^((?:packages\/)?[^/]+)\/src\//;

/** What is drawn, by the name of its marker: the box that a file belongs to, if it belongs to any. @type {Record<string, RegExp>} */
const pictures = {
  workspaces,
  ...Object.fromEntries(
    ['packages/redis-metrics', 'packages/experiment', 'exporter'].map((workspace) => [
      workspace,
      // A folder, or a file beside the folders; index.ts only hands on.
      new RegExp(`^${workspace}/src/(?!index\\.ts$)([^/]+)`),
    ]),
  ),
};

/** The document with its pictures drawn again. @param {string} document */
export async function withPictures(document) {
  const imports = await readImports();
  return Object.entries(pictures).reduce((text, [name, boxOf]) => {
    const [start, end] = [`<!-- generated: imports of ${name} -->`, '<!-- end -->'];
    const from = text.indexOf(start);
    const to = text.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`docs/architecture.md: expected "${start}" and then "${end}", got neither`);
    const drawn = mermaid(withoutDetours(graphOf(imports, boxOf)));
    return `${text.slice(0, from)}${start}\n\n${drawn}\n\n${text.slice(to)}`;
  }, document);
}

/** @returns {Promise<readonly (readonly [from: string, to: string])[]>} */
async function readImports() {
  const options = await extractOptions(`${root}dependency-cruiser.config.mjs`);
  const { output } = await cruise(
    [
      'packages/redis-metrics',
      'packages/opentelemetry',
      'packages/redis-connector',
      'packages/metric-format',
      'packages/metric-reader',
      'packages/experiment',
      'packages/conformance',
      'exporter',
      'app',
    ].map((workspace) => `${workspace}/src`),
    { ...options, validate: false, baseDir: root, includeOnly: { path: workspaces.source } },
    {},
    { tsConfig: extractTSConfig(`${root}tsconfig.test.json`) },
  );
  if (typeof output === 'string') throw new Error(`expected a result, got ${output}`);
  return output.modules.flatMap(({ source, dependencies }) => dependencies.map(({ resolved }) => [source, resolved]));
}

/**
 * @param {readonly (readonly [from: string, to: string])[]} imports
 * @param {RegExp} boxOf
 */
function graphOf(imports, boxOf) {
  /** @type {Graph} */
  const graph = new Map();
  for (const [from, to] of imports) {
    const [one, other] = [from, to].map((file) => boxOf.exec(file)?.[1]?.replace(/\.ts$/, ''));
    if (one === undefined) continue;
    const imported = graph.get(one) ?? new Set();
    graph.set(one, imported);
    if (other !== undefined && other !== one) imported.add(other);
  }
  return graph;
}

/** Without arrows that are implied by a path over other boxes. @param {Graph} graph */
function withoutDetours(graph) {
  for (const [box, imported] of graph) {
    for (const to of [...imported].sort()) {
      imported.delete(to);
      if (!isReached(graph, box, to)) imported.add(to);
    }
  }
  return graph;
}

/**
 * @param {Graph} graph
 * @param {string} from
 * @param {string} to
 */
function isReached(graph, from, to) {
  const [seen, open] = [new Set(), [from]];
  for (let box = open.pop(); box !== undefined; box = open.pop()) {
    for (const next of graph.get(box) ?? []) {
      if (next === to) return true;
      if (!seen.has(next)) open.push(next);
      seen.add(next);
    }
  }
  return false;
}

/** @param {Graph} graph */
function mermaid(graph) {
  const boxes = [...graph.keys()].sort();
  const arrows = boxes.flatMap((box) => [...(graph.get(box) ?? [])].sort().map((to) => `  ${box} --> ${to}`));
  const alone = boxes.filter((box) => !arrows.some((arrow) => arrow.trim().split(' --> ').includes(box)));
  return ['```mermaid', 'flowchart LR', ...alone.map((box) => `  ${box}`), ...arrows, '```'].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = `${root}docs/architecture.md`;
  const before = readFileSync(file, 'utf8');
  const generated = await withPictures(before);
  if (generated !== before) writeFileSync(file, generated);
  process.stdout.write(`${relative(process.cwd(), file)} ${generated === before ? 'is up to date' : 'written'}\n`);
}
