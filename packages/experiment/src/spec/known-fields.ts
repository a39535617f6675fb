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
  if (Array.isArray(source.value)) {
    const { tasks, problems } = withKnownTaskFields(source, [], source.value);
    return { source: { ...source, value: tasks }, problems };
  }
  const document = withKnownNames(source, [], source.value, DOCUMENT_FIELDS);
  const named = { ...source, value: document.value };
  if (!isMapping(document.value) || !Array.isArray(document.value['spec']))
    return { source: named, problems: document.problems };
  const { tasks, problems } = withKnownTaskFields(named, ['spec'], document.value['spec'] as readonly unknown[]);
  const whole = { ...named, value: { ...document.value, spec: tasks } };
  return { source: whole, problems: [...document.problems, ...problems] };
}

/** The tasks of the list at a path, whose fields have their known names, and what is wrong with their names. */
export function withKnownTaskFields(
  source: SourceDocument,
  path: FieldPath,
  list: readonly unknown[],
): { tasks: readonly unknown[]; problems: readonly SpecProblem[] } {
  const problems: SpecProblem[] = [];
  const tasks = list.map((raw, index) => taskWith(source, [...path, index], raw, problems));
  return { tasks, problems };
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
