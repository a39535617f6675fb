import type { z } from 'zod';
import { nearestName } from './nearest-name.js';
import type { FieldPath, SourceDocument } from './source-document.js';

type Issue = z.core.$ZodIssue;

/** One thing wrong with a spec, with its place. */
export type SpecProblem = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The field as people write it: `[0].with.SLOs[1].metric`. */
  readonly field: string;
  readonly expected: string;
  readonly got: string;
  /** The known name that was probably meant. */
  readonly nearest?: string;
};

/** One line for one problem: `file:line:column: field: expected …, got …; did you mean …?` */
export function describeProblem({ file, line, column, field, expected, got, nearest }: SpecProblem): string {
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return `${file}:${line}:${column}: ${field}: expected ${expected}, got ${got}${hint}`;
}

/** Makes the problem at a path of a document. */
export function problemAt(
  source: SourceDocument,
  path: FieldPath,
  found: { expected: string; got: string; nearest?: string | undefined; key?: string },
): SpecProblem {
  const { line, column } = source.locate(path, found.key);
  return {
    file: source.file,
    line,
    column,
    field: fieldName(found.key === undefined ? path : [...path, found.key]),
    expected: found.expected,
    got: found.got,
    ...(found.nearest === undefined ? {} : { nearest: found.nearest }),
  };
}

/** What a validator found wrong with the value at `base`, in the words of a spec's author. */
export function problemsOf(
  source: SourceDocument,
  base: FieldPath,
  error: z.ZodError,
  knownFields: (path: FieldPath) => readonly string[],
): SpecProblem[] {
  const value = valueAt(source.value, base);
  return error.issues.flatMap((issue) => problemsOfIssue(source, base, value, issue, knownFields));
}

function problemsOfIssue(
  source: SourceDocument,
  base: FieldPath,
  root: unknown,
  issue: Issue,
  knownFields: (path: FieldPath) => readonly string[],
): SpecProblem[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'invalid_union') {
    const branch = likeliestBranch(issue.errors);
    if (branch !== undefined) {
      return branch.flatMap((inner) =>
        problemsOfIssue(source, base, root, { ...inner, path: [...issue.path, ...inner.path] }, knownFields),
      );
    }
  }
  if (issue.code === 'unrecognized_keys') {
    const known = knownFields(issue.path);
    return issue.keys.map((key) =>
      problemAt(source, path, {
        key,
        expected: known.length > 0 ? `one of ${[...known].sort().join(', ')}` : 'no such field',
        got: JSON.stringify(key),
        nearest: nearestName(key, known),
      }),
    );
  }
  const got = valueAt(root, issue.path);
  const nearest =
    issue.code === 'invalid_value' && typeof got === 'string' ? nearestName(got, issue.values.map(String)) : undefined;
  return [problemAt(source, path, { expected: expectation(issue), got: describeValue(got), nearest })];
}

// Of a choice of forms the author meant the one that is wrong only inside.
function likeliestBranch(branches: readonly Issue[][]): Issue[] | undefined {
  return branches
    .filter((issues) => issues.every((issue) => issue.path.length > 0 || issue.code !== 'invalid_type'))
    .sort((a, b) => a.length - b.length)[0];
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return withArticle(issue.expected === 'record' ? 'object' : issue.expected);
    case 'too_small':
      return `${issue.origin === 'array' || issue.origin === 'string' ? 'a length of ' : 'a number '}${issue.inclusive === false ? 'above' : 'of at least'} ${issue.minimum}`.replace(
        'of of',
        'of',
      );
    case 'too_big':
      return `${issue.origin === 'array' || issue.origin === 'string' ? 'a length ' : 'a number '}${issue.inclusive === false ? 'below' : 'of at most'} ${issue.maximum}`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    default:
      return issue.message;
  }
}

function withArticle(type: string): string {
  const word = { int: 'whole number', object: 'mapping', array: 'list' }[type] ?? type;
  return `a ${word}`;
}

/** A value as an error shows it: short, and by its kind when it is large. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null)
    return `a mapping with ${Object.keys(value).join(', ') || 'no fields'}`;
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function fieldName(path: FieldPath): string {
  const name = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return name.replace(/^\./, '') || 'the file';
}

function valueAt(root: unknown, path: FieldPath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}
