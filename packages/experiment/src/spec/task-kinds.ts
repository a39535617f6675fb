import type { z } from 'zod';
import { abnMetricsSchema } from './abn-metrics-input.js';
import { assessSchema } from './assess-input.js';
import { collectMetricsSchema } from './collect-metrics-input.js';
import { grpcLoadSchema } from './grpc-load-input.js';
import { httpLoadSchema } from './http-load-input.js';
import { notifySchema } from './notify-input.js';
import { readySchema } from './ready-input.js';

/** A kind of task: the names people write, and the validator of its `with`. */
export type TaskKindDefinition = {
  readonly names: readonly string[];
  readonly schema: z.ZodType;
  readonly description: string;
};

/** Every kind of task that has inputs; `run` tasks are scripts and have none. */
export const TASK_KINDS = {
  'load-http': {
    names: ['gen-load-and-collect-metrics', 'gen-load-and-collect-metrics-http', 'http'],
    schema: httpLoadSchema,
    description: 'Sends HTTP requests and measures latency and errors.',
  },
  'load-grpc': {
    names: ['gen-load-and-collect-metrics-grpc', 'grpc'],
    schema: grpcLoadSchema,
    description: 'Makes gRPC calls and measures latency and errors.',
  },
  'collect-metrics': {
    names: ['collect-metrics', 'collect-metrics-database', 'custommetrics'],
    schema: collectMetricsSchema,
    description: 'Reads metrics from back ends.',
  },
  'abn-metrics': {
    names: ['abnmetrics'],
    schema: abnMetricsSchema,
    description: "Reads the metrics of an application's versions from the metrics store.",
  },
  assess: {
    names: ['assess-app-versions', 'assess'],
    schema: assessSchema,
    description: 'Judges the versions by SLOs and rewards.',
  },
  ready: {
    names: ['ready'],
    schema: readySchema,
    description: 'Waits until an HTTP, TCP or Redis endpoint answers, or a Kubernetes object is ready.',
  },
  notify: {
    names: ['notify'],
    schema: notifySchema,
    description: 'Sends a message with the result.',
  },
} as const satisfies Record<string, TaskKindDefinition>;

/** The name of a kind of task. */
export type TaskKind = keyof typeof TASK_KINDS;

/** Every name a task may have. */
export const TASK_NAMES: readonly string[] = Object.values(TASK_KINDS).flatMap(({ names }) => names);

/** The kind of task with a name. */
export function taskKindOf(name: string): TaskKind | undefined {
  return (Object.keys(TASK_KINDS) as TaskKind[]).find((kind) =>
    (TASK_KINDS[kind].names as readonly string[]).includes(name),
  );
}
