import type { ExperimentSpec } from '../spec/experiment-spec.js';
import { readForScope, scopeOf } from './metric-scope.js';
import { readTemplates, type TemplatePlace } from './metric-templates.js';
import type { WatchContext, WatchedBackend } from './backend-mark.js';
import type { MeasuredSince } from './measured-since.js';
import { PartsSince } from './parts-since.js';
import { RunParts } from './run-parts.js';
import { Secrets } from './secrets.js';

type BackendsContext = TemplatePlace & { readonly environment: Readonly<Record<string, string | undefined>> };

/**
 * Finds the back ends that must report exactly this run, so that they are read as it begins; none where what is measured began before.
 */
export async function watchBackends(
  spec: ExperimentSpec,
  context: BackendsContext & WatchContext & { readonly since?: MeasuredSince },
): Promise<RunParts> {
  const { since } = context;
  if (since !== undefined) return new RunParts([], new Set(), context, new PartsSince(since, context));
  return new RunParts(await runBackends(spec, context), versionsWithLoads(spec), context);
}

/**
 * The back ends that must report exactly one run. A template that cannot be read or filled in before the run is left out: its task says
 * why it cannot, or that it came too late.
 */
export async function runBackends(spec: ExperimentSpec, context: BackendsContext): Promise<WatchedBackend[]> {
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
          if (over === 'run') backends.push({ ...backend, version });
        }
      }
    } catch {
      // The task meets the same error, and reports it.
    }
  }
  return backends;
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
