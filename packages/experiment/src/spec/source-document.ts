import { isMap, isPair, isScalar, LineCounter, parseDocument, visit, type Document, type Node } from 'yaml';
import { ExperimentError } from '../experiment-error.js';

/** The way to a value: keys of mappings and indexes of lists. */
export type FieldPath = readonly PropertyKey[];

/** A place in a file; lines and columns count from 1. */
type Position = { readonly line: number; readonly column: number };

/** A YAML (or JSON) file as plain values that still know where they were written. */
export type SourceDocument = {
  readonly file: string;
  readonly value: unknown;
  /** Where the value at a path stands, or the nearest parent that exists; with `key`, where that key of it is written. */
  readonly locate: (path: FieldPath, key?: string) => Position;
};

/**
 * Reads YAML 1.2.
 *
 * @throws ExperimentError `invalid_spec` naming file, line and column when the text is not YAML.
 */
export function parseSource(text: string, file: string): SourceDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const refuse = (offset: number, expectation: string, cause?: unknown): never => {
    const { line, col } = lines.linePos(offset);
    throw new ExperimentError('invalid_spec', `${file}:${line}:${col}: expected ${expectation}`, { cause });
  };
  const problem = document.errors[0];
  if (problem !== undefined) refuse(problem.pos[0], `YAML: ${problem.message}`, problem);
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  return {
    file,
    value: valueOf(document, refuse),
    locate: (path, key) => positionAt(offsetOf(document.contents, path, key)),
  };
}

function valueOf(document: Document, refuse: (offset: number, expectation: string, cause?: unknown) => never): unknown {
  let firstAlias = 0;
  visit(document, {
    Alias(_, alias, ancestors) {
      const offset = startOf(alias) ?? 0;
      firstAlias ||= offset;
      const target = alias.resolve(document);
      if (target === undefined) refuse(offset, `an anchor &${alias.source} above, got only its alias`);
      if (ancestors.some((node) => node === target))
        refuse(offset, `an alias of another value, got *${alias.source} in itself`);
    },
  });
  try {
    // Aliases are expanded at most a hundredfold: a few lines of them can otherwise fill the memory.
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (cause) {
    return refuse(firstAlias, 'aliases that stand for at most a hundred times as much, got more', cause);
  }
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
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (pair !== undefined && isPair(pair)) return startOf(pair.key) ?? offset;
  }
  return offset;
}

function childOf(node: unknown, step: PropertyKey): unknown {
  if (typeof node !== 'object' || node === null || !('get' in node) || typeof node.get !== 'function') return undefined;
  // `get(key, true)` of yaml's collections keeps the scalar's node, and with it its place.
  return (node.get as (key: PropertyKey, keepScalar: boolean) => unknown).call(node, step, true);
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return undefined;
  const start: unknown = node.range[0];
  return typeof start === 'number' ? start : undefined;
}
