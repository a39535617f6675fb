import { z } from 'zod';
import { ExperimentError } from '../experiment-error.js';
import type { AbnMetricsInput } from './abn-metrics-input.js';
import type { assessSchema } from './assess-input.js';
import type { CollectMetricsInput } from './collect-metrics-input.js';
import { parseCondition, type Condition } from './condition.js';
import type { GrpcLoadInput } from './grpc-load-input.js';
import type { HttpLoadInput } from './http-load-input.js';
import { fieldNamed } from './field-case.js';
import type { SpecValues } from './fill-values.js';
import { fieldsAt } from './json-schema.js';
import { nearestName } from './nearest-name.js';
import type { NotifyInput } from './notify-input.js';
import type { ReadyInput } from './ready-input.js';
import { DOCUMENT_FIELDS, withKnownFields, withKnownTaskFields } from './known-fields.js';
import { describeProblem, describeValue, problemAt, problemsOf, type SpecProblem } from './schema-problems.js';
import { parseSource, withValueAt, type FieldPath, type SourceDocument } from './source-document.js';
import { TASK_KINDS, TASK_NAMES, taskKindOf } from './task-kinds.js';

type TaskBase = {
  /** The name as the author wrote it; `run` for a script. */
  readonly name: string;
  readonly condition?: Condition;
};

/** One task of an experiment, validated. */
export type TaskSpec = TaskBase &
  (
    | { readonly kind: 'load-http'; readonly with: HttpLoadInput }
    | { readonly kind: 'load-grpc'; readonly with: GrpcLoadInput }
    | { readonly kind: 'collect-metrics'; readonly with: CollectMetricsInput }
    | { readonly kind: 'abn-metrics'; readonly with: AbnMetricsInput }
    | { readonly kind: 'assess'; readonly with: z.output<typeof assessSchema> }
    | { readonly kind: 'ready'; readonly with: ReadyInput }
    | { readonly kind: 'notify'; readonly with: NotifyInput }
    | { readonly kind: 'run'; readonly script: string }
  );

/** Whether a task is a load of which nothing is recorded. */
export function isWarmUp(task: TaskSpec): boolean {
  return (task.kind === 'load-http' || task.kind === 'load-grpc') && task.with.warmup === true;
}

/** An experiment, validated. */
export type ExperimentSpec = {
  /** As the author wrote it. */
  readonly text: string;
  readonly tasks: readonly TaskSpec[];
  /** `list`: the file is the list of tasks; `object`: the list is its `spec`, next to an optional `result`. */
  readonly dialect: 'list' | 'object';
  /** The `result` in the same file, not yet read. */
  readonly embeddedResult?: unknown;
};

const envelope = z.strictObject({
  task: z.string().optional(),
  run: z.string().optional(),
  if: z.string().optional(),
  with: z.record(z.string(), z.unknown()).nullable().optional(),
});

const NO_VALUES: SpecValues = { given: new Map(), isInEnvironment: () => false };

const TASK_FORM = 'task: with: or run:, and an optional if:';

/**
 * Reads an experiment in either dialect.
 *
 * @param values What fills in its `${NAME}` and `${NAME:-default}`; by default nothing but the defaults.
 * @throws ExperimentError `invalid_spec`, one line a problem: file, line, column, field, what was expected, what was got.
 */
export function parseExperiment(text: string, file: string, values?: SpecValues): ExperimentSpec {
  const { source, problems: ofNames } = withKnownFields(parseSource(text, file, values ?? NO_VALUES));
  const found = readDialect(source);
  const { tasks, problems: ofTasks } = readTasks(source, found.path, found.tasks);
  const problems = [...ofNames, ...found.problems, ...ofTasks];
  if (problems.length > 0) throw new ExperimentError('invalid_spec', problems.map(describeProblem).join('\n'));
  return {
    text,
    tasks,
    dialect: found.dialect,
    ...(found.embeddedResult === undefined ? {} : { embeddedResult: found.embeddedResult }),
  };
}

/** Reads a list of tasks that is a part of another file; `path` is its path in that file. Names of fields are taken without regard to case. */
export function readTaskList(
  source: SourceDocument,
  path: FieldPath,
  list: readonly unknown[],
): { tasks: readonly TaskSpec[]; problems: readonly SpecProblem[] } {
  const named = withKnownTaskFields(source, path, list);
  const read = readTasks(withValueAt(source, path, named.tasks), path, named.tasks);
  return { tasks: read.tasks, problems: [...named.problems, ...read.problems] };
}

function readTasks(
  source: SourceDocument,
  path: FieldPath,
  list: readonly unknown[],
): { tasks: TaskSpec[]; problems: SpecProblem[] } {
  const problems: SpecProblem[] = [];
  const tasks = list.flatMap((raw, index): TaskSpec[] => {
    const read = readTask(source, [...path, index], raw);
    if (read.ok) return [read.task];
    problems.push(...read.problems);
    return [];
  });
  return { tasks, problems };
}

/** How many tasks a file lists, whatever they are; undefined when it holds no list of them. @throws ExperimentError `invalid_spec` when it is not YAML. */
export function countTasks(text: string, file: string): number | undefined {
  const { value } = parseSource(text, file);
  const tasks = Array.isArray(value) ? value : fieldNamed(value, 'spec');
  return Array.isArray(tasks) ? tasks.length : undefined;
}

type Dialect = {
  dialect: 'list' | 'object';
  tasks: readonly unknown[];
  path: FieldPath;
  embeddedResult?: unknown;
  problems: SpecProblem[];
};

function readDialect(source: SourceDocument): Dialect {
  const { value } = source;
  if (Array.isArray(value)) {
    const problems =
      value.length > 0 ? [] : [problemAt(source, [], { expected: 'at least one task', got: 'an empty list' })];
    return { dialect: 'list', tasks: value, path: [], problems };
  }
  const dialect: Dialect = { dialect: 'object', tasks: [], path: ['spec'], problems: [] };
  if (typeof value !== 'object' || value === null) {
    const problem = problemAt(source, [], {
      expected: 'a list of tasks, or spec: with that list',
      got: describeValue(value ?? undefined),
    });
    return { ...dialect, problems: [problem] };
  }
  const known = DOCUMENT_FIELDS;
  const problems = Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) =>
      problemAt(source, [], {
        key,
        expected: `one of ${known.join(', ')}`,
        got: JSON.stringify(key),
        nearest: nearestName(key, known),
      }),
    );
  const spec = 'spec' in value ? value.spec : undefined;
  if (!Array.isArray(spec) || spec.length === 0) {
    problems.push(problemAt(source, ['spec'], { expected: 'a list of at least one task', got: describeValue(spec) }));
    return { ...dialect, problems };
  }
  return {
    ...dialect,
    tasks: spec,
    problems,
    ...('result' in value && value.result !== null ? { embeddedResult: value.result } : {}),
  };
}

type TaskReading = { ok: true; task: TaskSpec } | { ok: false; problems: SpecProblem[] };

function readTask(source: SourceDocument, path: FieldPath, raw: unknown): TaskReading {
  const refuse = (...problems: SpecProblem[]): TaskReading => ({ ok: false, problems });
  const parsed = envelope.safeParse(raw);
  if (!parsed.success) return refuse(...problemsOf(source, path, parsed.error, () => ['task', 'with', 'run', 'if']));
  const { task: name, run: script, if: conditionText } = parsed.data;

  let condition: Condition | undefined;
  if (conditionText !== undefined) {
    const read = parseCondition(conditionText);
    if (!read.ok) return refuse(problemAt(source, [...path, 'if'], { expected: read.expected, got: read.got }));
    condition = read.condition;
  }
  const common = condition === undefined ? {} : { condition };

  if ((name === undefined) === (script === undefined)) {
    return refuse(problemAt(source, path, { expected: TASK_FORM, got: describeValue(raw) }));
  }
  if (script !== undefined) {
    if (parsed.data.with !== undefined && parsed.data.with !== null) {
      return refuse(problemAt(source, path, { key: 'with', expected: 'no inputs for a run task', got: '"with"' }));
    }
    return { ok: true, task: { ...common, kind: 'run', name: 'run', script } };
  }
  return readInputs(source, path, name ?? '', parsed.data.with ?? {}, common);
}

function readInputs(
  source: SourceDocument,
  path: FieldPath,
  name: string,
  inputs: unknown,
  common: { condition?: Condition },
): TaskReading {
  const kind = taskKindOf(name);
  if (kind === undefined) {
    const problem = problemAt(source, [...path, 'task'], {
      expected: `one of ${TASK_NAMES.join(', ')}`,
      got: JSON.stringify(name),
      nearest: nearestName(name, TASK_NAMES),
    });
    return { ok: false, problems: [problem] };
  }
  // One branch a kind, so that the compiler ties each validator to its type.
  const problemsIn = (error: z.ZodError): TaskReading => ({
    ok: false,
    problems: problemsOf(source, [...path, 'with'], error, (field) => fieldsAt(TASK_KINDS[kind].schema, field)),
  });
  switch (kind) {
    case 'load-http': {
      const parsed = TASK_KINDS[kind].schema.safeParse(inputs);
      return parsed.success
        ? { ok: true, task: { ...common, name, kind, with: parsed.data } }
        : problemsIn(parsed.error);
    }
    case 'load-grpc': {
      const parsed = TASK_KINDS[kind].schema.safeParse(inputs);
      return parsed.success
        ? { ok: true, task: { ...common, name, kind, with: parsed.data } }
        : problemsIn(parsed.error);
    }
    case 'collect-metrics': {
      const parsed = TASK_KINDS[kind].schema.safeParse(inputs);
      return parsed.success
        ? { ok: true, task: { ...common, name, kind, with: parsed.data } }
        : problemsIn(parsed.error);
    }
    case 'abn-metrics': {
      const parsed = TASK_KINDS[kind].schema.safeParse(inputs);
      return parsed.success
        ? { ok: true, task: { ...common, name, kind, with: parsed.data } }
        : problemsIn(parsed.error);
    }
    case 'assess': {
      const parsed = TASK_KINDS[kind].schema.safeParse(inputs);
      return parsed.success
        ? { ok: true, task: { ...common, name, kind, with: parsed.data } }
        : problemsIn(parsed.error);
    }
    case 'ready': {
      const parsed = TASK_KINDS[kind].schema.safeParse(inputs);
      return parsed.success
        ? { ok: true, task: { ...common, name, kind, with: parsed.data } }
        : problemsIn(parsed.error);
    }
    case 'notify': {
      const parsed = TASK_KINDS[kind].schema.safeParse(inputs);
      return parsed.success
        ? { ok: true, task: { ...common, name, kind, with: parsed.data } }
        : problemsIn(parsed.error);
    }
  }
}
