import { withKnownCase, withKnownNames } from './field-case.js';
import type { SpecProblem } from './schema-problems.js';
import type { FieldPath, SourceDocument } from './source-document.js';
import { TASK_KINDS, taskKindOf } from './task-kinds.js';
import { withoutZeroValues } from './zero-values.js';

/** The fields of an experiment that is no plain list of tasks. */
export const DOCUMENT_FIELDS: readonly string[] = ['spec', 'result', 'metadata'];

const TASK_FIELDS = ['task', 'run', 'if', 'with'];

/**
 * An experiment whose fields have their known names, whatever their case is in the file, without those that Iter8 writes though nobody gave
 * them; and what is wrong with their names.
 */
export function withKnownFields(source: SourceDocument): { source: SourceDocument; problems: readonly SpecProblem[] } {
  if (Array.isArray(source.value)) return tasksIn(source, []);
  const document = withKnownNames(source, [], source.value, DOCUMENT_FIELDS);
  const named = { ...source, value: document.value };
  if (!isMapping(document.value) || !Array.isArray(document.value['spec']))
    return { source: named, problems: document.problems };
  const { source: whole, problems } = tasksIn(named, ['spec']);
  return { source: whole, problems: [...document.problems, ...problems] };
}

function tasksIn(
  source: SourceDocument,
  path: readonly ['spec'] | readonly [],
): { source: SourceDocument; problems: SpecProblem[] } {
  const given: unknown = path.length === 0 ? source.value : (source.value as Readonly<Record<string, unknown>>)['spec'];
  const problems: SpecProblem[] = [];
  const tasks = (given as readonly unknown[]).map((raw, index) => taskWith(source, [...path, index], raw, problems));
  const value = path.length === 0 ? tasks : { ...(source.value as object), spec: tasks };
  return { source: { ...source, value }, problems };
}

function taskWith(source: SourceDocument, path: FieldPath, raw: unknown, problems: SpecProblem[]): unknown {
  const task = withKnownNames(source, path, raw, TASK_FIELDS);
  problems.push(...task.problems);
  if (!isMapping(task.value) || typeof task.value['task'] !== 'string') return task.value;
  const kind = taskKindOf(task.value['task']);
  if (kind === undefined) return task.value;
  const inputs = withKnownCase(source, [...path, 'with'], task.value['with'], TASK_KINDS[kind].schema);
  problems.push(...inputs.problems);
  if (!('with' in task.value)) return task.value;
  return { ...task.value, with: withoutZeroValues(inputs.value, TASK_KINDS[kind].schema, kind === 'load-grpc') };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
