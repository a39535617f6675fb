import { slotsOf } from '../load/pacer.js';
import type { LoadLimit } from '../load/load-engine.js';
import { BUILT_IN_GROUP, GRPC_GROUP } from '../result/metric-name.js';
import { isWarmUp, type TaskSpec } from '../spec/experiment-spec.js';
import { loadLimitOf } from './load-limit.js';

/** How many requests an experiment sends, by group, then by version; undefined where only the server and the time limit them. */
export type PlannedRequests = ReadonlyMap<string, readonly (number | undefined)[]>;

type Paced = { readonly ratePerSecond: number | null; readonly limit: LoadLimit };

const DEFAULT_REQUESTS = 100;
const DEFAULT_RATE_PER_SECOND = 8;
const DEFAULT_TOTAL = 200;

/** How many requests the tasks of an experiment send; several loads of one group add up. */
export function plannedRequests(tasks: readonly TaskSpec[]): PlannedRequests {
  const planned = new Map<string, (number | undefined)[]>();
  const add = (group: string, version: number, pace: Paced): void => {
    const byVersion = planned.get(group) ?? [];
    planned.set(group, byVersion);
    const slots = slotsOf(pace);
    const before = version in byVersion ? byVersion[version] : 0;
    byVersion[version] = slots === undefined || before === undefined ? undefined : before + slots;
  };
  for (const task of tasks) {
    if (isWarmUp(task)) continue;
    if (task.kind === 'load-http') {
      const { versionInfo = [{}], endpoints, ...base } = task.with;
      const groups = Object.entries(endpoints ?? { [BUILT_IN_GROUP]: {} });
      versionInfo.forEach((version, index) => {
        if (version === null) return;
        for (const [name, endpoint] of groups) {
          const { numRequests, duration, qps = DEFAULT_RATE_PER_SECOND } = { ...base, ...endpoint };
          const limit = loadLimitOf(numRequests, duration) ?? { kind: 'requests', count: DEFAULT_REQUESTS };
          const group = endpoints === undefined ? name : `http-${name}`;
          add(group, index, { ratePerSecond: qps > 0 ? qps : null, limit });
        }
      });
    }
    if (task.kind === 'load-grpc') {
      const { versionInfo = [{}], endpoints, ...base } = task.with;
      const groups = Object.entries(endpoints ?? { [GRPC_GROUP]: {} });
      versionInfo.forEach((version, index) => {
        if (version === null) return;
        for (const [name, endpoint] of groups) {
          const { total = DEFAULT_TOTAL, duration, rps } = { ...base, ...endpoint };
          const limit: LoadLimit =
            duration === undefined ? { kind: 'requests', count: total } : { kind: 'duration', durationMs: duration };
          const group = endpoints === undefined ? name : `grpc-${name}`;
          add(group, index, { ratePerSecond: rps === undefined || rps === 0 ? null : rps, limit });
        }
      });
    }
  }
  return planned;
}
