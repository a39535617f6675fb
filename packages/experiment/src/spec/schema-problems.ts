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

/** How much of a document its problems may show. */
export type ProblemDisplay = {
  readonly describe: (value: unknown) => string;
  readonly showsKey: (key: string) => boolean;
};

/** What a validator found wrong with the value at `base`, in the words of a spec's author. */
export function problemsOf(
  source: SourceDocument,
  base: FieldPath,
  error: z.ZodError,
  knownFields: (path: FieldPath) => readonly string[],
  display: ProblemDisplay = { describe: describeValue, showsKey: () => true },
): SpecProblem[] {
  const value = valueAt(source.value, base);
  return error.issues.flatMap((issue) => problemsOfIssue({ source, base, root: value, knownFields, display }, issue));
}

type Reading = {
  readonly source: SourceDocument;
  readonly base: FieldPath;
  readonly root: unknown;
  readonly knownFields: (path: FieldPath) => readonly string[];
  readonly display: ProblemDisplay;
};

function problemsOfIssue(reading: Reading, issue: Issue): SpecProblem[] {
  const { source, base, root, knownFields, display } = reading;
  const path = [...base, ...issue.path];
  if (issue.code === 'invalid_union') {
    const branch = likeliestBranch(issue.errors);
    if (branch !== undefined) {
      return branch.flatMap((inner) => problemsOfIssue(reading, { ...inner, path: [...issue.path, ...inner.path] }));
    }
  }
  if (issue.code === 'unrecognized_keys') {
    const known = knownFields(issue.path);
    const expected = known.length > 0 ? `one of ${[...known].sort().join(', ')}` : 'no such field';
    return issue.keys.map((key) =>
      display.showsKey(key)
        ? problemAt(source, path, { key, expected, got: JSON.stringify(key), nearest: nearestName(key, known) })
        : problemAt(source, path, { expected, got: 'another field' }),
    );
  }
  const got = valueAt(root, issue.path);
  const nearest =
    issue.code === 'invalid_value' && typeof got === 'string' ? nearestName(got, issue.values.map(String)) : undefined;
  return [problemAt(source, path, { expected: expectation(issue), got: display.describe(got), nearest })];
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
      // A validator's own words say more than the type.
      if (!issue.message.startsWith('Invalid input')) return issue.message;
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

/** A value as an error shows it: by its kind when it is large, never in part, since the part of a secret is not known for one. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string' && value.length > 60) return `a string of ${value.length} characters`;
  return value === undefined || typeof value === 'object' ? describeKind(value) : JSON.stringify(value);
}

/** What a value is, without showing it: for what may hold secrets. */
export function describeKind(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return `a mapping with ${Object.keys(value).join(', ') || 'no fields'}`;
  return typeof value === 'string' ? 'a string' : `a ${typeof value}`;
}

function fieldName(path: FieldPath): string {
  const name = path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${JSON.stringify(String(step)).slice(1, -1)}`))
    .join('');
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
