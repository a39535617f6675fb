import { isMap, isScalar, visit, type Document, type Node, type Pair, type YAMLMap } from 'yaml';
import { ExperimentError } from '../experiment-error.js';
import { fillValues, type SpecValues } from './fill-values.js';
import { aliasProblem } from './yaml-aliases.js';
import { readYaml, type YamlProblem } from './yaml-text.js';

/** The way to a value: keys of mappings and indexes of lists. */
export type FieldPath = readonly PropertyKey[];

/** A place in a file; lines and columns count from 1. */
type Position = { readonly line: number; readonly column: number };

/** A YAML (or JSON) file as plain values with their positions in the file. */
export type SourceDocument = {
  readonly file: string;
  readonly value: unknown;
  /** The position of the value at a path, or of the nearest parent that exists; with `key`, the position of that key. */
  readonly locate: (path: FieldPath, key?: string) => Position;
};

/**
 * Reads YAML 1.2.
 *
 * @param values What fills its texts in.
 * @throws ExperimentError `invalid_spec` naming file, line and column when the text is not YAML.
 */
export function parseSource(text: string, file: string, values?: SpecValues): SourceDocument {
  const { lines, ...reading } = readYaml(text);
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problem = reading.ok ? problemOf(reading.document) : reading.problem;
  if (problem !== undefined || !reading.ok) {
    const { line, column } = positionAt(problem?.offset ?? 0);
    const message = `${file}:${line}:${column}: expected ${problem?.expected ?? 'YAML'}`;
    throw new ExperimentError('invalid_spec', message, { cause: problem?.cause });
  }
  const { document } = reading;
  if (values !== undefined) fillValues(document, values);
  return {
    file,
    value: document.toJS({ maxAliasCount: -1 }) as unknown,
    locate: (path, key) => positionAt(offsetOf(document.contents, path, key)),
  };
}

/** The document with another value at a path; everything else is unchanged. */
export function withValueAt(source: SourceDocument, path: FieldPath, value: unknown): SourceDocument {
  return { ...source, value: replaced(source.value, path, value) };
}

function replaced(root: unknown, [step, ...rest]: FieldPath, value: unknown): unknown {
  if (step === undefined) return value;
  if (typeof root !== 'object' || root === null) return root;
  const inner = replaced((root as Record<PropertyKey, unknown>)[step], rest, value);
  if (Array.isArray(root)) return root.map((item: unknown, index) => (index === step ? inner : item));
  return { ...root, [step]: inner };
}

function problemOf(document: Document): YamlProblem | undefined {
  const aliases = aliasProblem(document);
  if (aliases !== undefined) return { offset: startOf(aliases.alias) ?? 0, expected: aliases.expected };
  let problem: YamlProblem | undefined;
  visit(document, {
    Pair(_, { key }) {
      // As a key of an object it would be taken for the object's prototype, and be lost.
      if (!isScalar(key) || key.value !== '__proto__') return undefined;
      problem = { offset: startOf(key) ?? 0, expected: 'another name than __proto__' };
      return visit.BREAK;
    },
  });
  return problem;
}

function offsetOf(root: Node | null, path: FieldPath, key: string | undefined): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const step of path) {
    const child: unknown = childOf(node, step);
    if (child === undefined) break;
    node = child;
    offset = startOf(child) ?? offset;
  }
  if (key !== undefined && isMap(node)) {
    const pair = pairOf(node, key);
    if (pair !== undefined) return startOf(pair.key) ?? offset;
  }
  return offset;
}

function childOf(node: unknown, step: PropertyKey): unknown {
  if (typeof node !== 'object' || node === null || !('get' in node) || typeof node.get !== 'function') return undefined;
  // `get(key, true)` of yaml's collections keeps the scalar's node, and with it its place.
  const child = (node.get as (key: PropertyKey, keepScalar: boolean) => unknown).call(node, step, true);
  return child ?? (isMap(node) ? pairOf(node, String(step))?.value : undefined);
}

// By its name, or by one that differs in case alone, as it may be written.
function pairOf(map: YAMLMap, key: string): Pair | undefined {
  const isNamed = (item: Pair, name: string, fold: (text: string) => string): boolean =>
    isScalar(item.key) && fold(String(item.key.value)) === fold(name);
  const exact = map.items.find((item) => isNamed(item, key, (text) => text));
  return exact ?? map.items.find((item) => isNamed(item, key, (text) => text.toLowerCase()));
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return undefined;
  const start: unknown = node.range[0];
  return typeof start === 'number' ? start : undefined;
}
