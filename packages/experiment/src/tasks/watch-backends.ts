import type { ExperimentSpec } from '../spec/experiment-spec.js';
import { readForScope, scopeOf } from './metric-scope.js';
import { readTemplates, type TemplatePlace } from './metric-templates.js';
import { RunParts, type WatchContext, type WatchedBackend } from './run-parts.js';
import { Secrets } from './secrets.js';
import type { MeasuredSince } from './task-context.js';

type Context = TemplatePlace &
  WatchContext & {
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly since?: MeasuredSince;
  };

/**
 * Finds the back ends that are to tell of exactly this run, so that they are read as it begins. A template that cannot be read or filled in
 * before the run is left out: its task says why it cannot, or that it came too late.
 */
export async function watchBackends(spec: ExperimentSpec, context: Context): Promise<RunParts> {
  const backends: WatchedBackend[] = [];
  for (const task of spec.tasks) {
    if (task.kind !== 'collect-metrics') continue;
    const versions = task.with.versionValues ?? task.with.versionInfo ?? [{}];
    const secrets = new Secrets(context.environment);
    try {
      for (const template of await readTemplates(task.with, secrets, context)) {
        for (const [version, own] of versions.entries()) {
          const values: Record<string, unknown> = secrets.expandAll({ ...task.with.values, ...own });
          const { over, ...backend } = scopeOf(task.with, readForScope(template, values), values);
          // One that is asked for a time is asked at the end alone when the time began before the run.
          const isWatched = backend.redisUrl !== undefined || context.since === undefined;
          if (over === 'run' && isWatched) backends.push({ ...backend, version });
        }
      }
    } catch {
      // The task meets the same error, and reports it.
    }
  }
  return new RunParts(backends, versionsWithLoads(spec), context);
}

/** Of an experiment with several versions those that have a load of their own. */
function versionsWithLoads({ tasks }: ExperimentSpec): Set<number> {
  const loaded = new Set<number>();
  let numVersions = 1;
  for (const task of tasks) {
    if (task.kind === 'collect-metrics') {
      numVersions = Math.max(numVersions, (task.with.versionValues ?? task.with.versionInfo ?? [{}]).length);
    }
    if (task.kind !== 'load-http' && task.kind !== 'load-grpc') continue;
    const { versionInfo = [{}] } = task.with;
    numVersions = Math.max(numVersions, versionInfo.length);
    versionInfo.forEach((version, index) => {
      if (version !== null) loaded.add(index);
    });
  }
  return numVersions > 1 ? loaded : new Set();
}
