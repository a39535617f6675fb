import type { Scene } from '../scene/scene.js';
import { demand, type RequirementId } from '../requirement.js';
import type { ConformanceCase } from './conformance-case.js';

/** Error replies to a call, exactly as Redis sends them. */
const ERROR_REPLIES = [
  'LOADING Redis is loading the dataset in memory',
  'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
  'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.',
  'NOREPLICAS Not enough good replicas to write.',
  "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  'CLUSTERDOWN The cluster is down',
  'TRYAGAIN Multiple keys request during rehashing of slot',
  'ERR max number of clients reached',
];

const MALFORMED = 'ERR redmeter merge: ARGV[10]: expected an operation on a counter, got {}';
const MALFORMED_ATTEMPTS = 8;

/** Makes Redis refuse writes, and ends that state again. */
async function refuseWrites(
  scene: Scene,
  requirements: readonly RequirementId[],
  refuse: () => Promise<unknown>,
  allow: () => Promise<unknown>,
): Promise<void> {
  const writer = await scene.open();
  await scene.write(writer);
  await refuse();
  await scene.record(writer);
  demand(!(await writer.flush()), requirements, 'a flush that is not done, as Redis refuses writes', 'done');
  await scene.record(writer);
  await writer.flush();
  await scene.expectStatistics(writer, { dropped: 0 });
  await allow();
  await writer.settle();
  await scene.expectRounds(writer, requirements);
}

/** Error replies, after which nothing was applied. */
export const errorReplyCases: readonly ConformanceCase[] = [
  {
    name: 'out-of-memory',
    requirements: ['W-31', 'W-40'],
    run: (scene) =>
      refuseWrites(
        scene,
        ['W-40'],
        () => scene.redis.config('SET', 'maxmemory', '1'),
        () => scene.redis.config('SET', 'maxmemory', '0'),
      ),
  },
  {
    name: 'read-only',
    requirements: ['W-31', 'W-40', 'W-45'],
    async run(scene) {
      await refuseWrites(
        scene,
        ['W-40'],
        // Port 1: there is no master, and the data stay.
        () => scene.redis.replicaof('127.0.0.1', 1),
        () => scene.redis.replicaof('NO', 'ONE'),
      );
      const { calls } = scene.proxy;
      const refused = calls.findIndex(({ answer }) => answer?.kind === 'error' && answer.text.startsWith('READONLY'));
      const isNew = calls[refused]?.connection !== calls[refused + 1]?.connection;
      scene.advise(isNew, ['W-45'], 'a new connection after READONLY', 'the same connection');
    },
  },
  {
    name: 'error-replies',
    requirements: ['W-30', 'W-31', 'W-40'],
    async run(scene) {
      const writer = await scene.open();
      await scene.write(writer);
      for (const error of ERROR_REPLIES) {
        await scene.record(writer);
        await scene.strike(writer, { at: 'call', then: { error } });
        await writer.settle();
      }
      await scene.expectRounds(writer, ['W-40']);
    },
  },
  {
    name: 'malformed-call',
    requirements: ['W-43'],
    async run(scene) {
      const writer = await scene.open();
      await writer.declare({ type: 'counter', name: 'malformed', labels: ['queue'] });
      await scene.write(writer);
      await writer.record({ name: 'malformed', labels: { queue: 'bad' }, value: 1 });
      await scene.record(writer);
      const isBad = (key: string): boolean => key.endsWith(':malformed:queue=bad');
      scene.proxy.inject({
        at: 'call',
        matches: ({ seriesKeys }) => seriesKeys.some(isBad),
        times: Number.POSITIVE_INFINITY,
        then: { error: MALFORMED },
      });
      let isDone = false;
      for (let attempt = 0; attempt < MALFORMED_ATTEMPTS && !isDone; attempt += 1) isDone = await writer.flush();
      scene.advise(isDone, ['W-43'], 'the other series of a malformed call written', 'flushes that fail');
      if (!isDone) return;
      await scene.write(writer);
      const { dropped } = await scene.expectStatistics(writer, { pending: 0, dropped: 1 });
      scene.advise(dropped['refused'] === 1, ['W-58'], 'the reason refused', Object.keys(dropped).join(' '));
      await scene.expectPresence(writer, ['W-43']);
    },
  },
];
