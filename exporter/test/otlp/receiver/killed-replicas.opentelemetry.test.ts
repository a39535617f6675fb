import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import { between, seededRandom, type Random } from '../../../../packages/redis-metrics/test/chaos/random.js';
import { startBalancer, type Balancer } from '../balancer.js';
import { buildExporter, startExporterProcess, type ExporterProcess } from '../exporter-process.js';
import { expectRecords, keyOf } from '../sdk/expect-records.js';
import type { Recording, Round } from '../sdk/recording.js';
import { NODE, recordWith } from '../sdk/sdk-program.js';

const SEED = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const REPLICAS = 3;
const ROUNDS = 40;
/** Of a round: several batches for Redis, so that a receiver can die between two. */
const SERIES = 600;
/** Rounds from one fault to the next. */
const EVERY = 4;

const redis = useRedisServer({ flushBeforeEach: true, args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
const replicas: ExporterProcess[] = [];
let balancer: Balancer;

beforeAll(async () => {
  process.stdout.write(`killed replicas: CHAOS_SEED=${SEED}\n`);
  buildExporter();
  for (let i = 0; i < REPLICAS; i += 1) replicas.push(await startExporterProcess(redis.url, temporaryFolder()));
  balancer = await startBalancer(
    temporaryFolder(),
    replicas.map(({ otlpPort }) => otlpPort),
  );
});
afterAll(async () => {
  await Promise.all([...replicas.map(async (replica) => replica.kill()), balancer.stop()]);
});

/** Counters, and as many histograms: half of them with bounds, half with exponential buckets, which widen from round to round. */
function roundOf(round: number, attributes: Readonly<Record<string, string>>): Round {
  return Array.from({ length: SERIES }, (_, i): Recording => {
    const own = { ...attributes, i: String(i) };
    if (i % 2 === 0) return { kind: 'counter', name: 'orders', value: i + 1, attributes: own };
    const value = 3 * ((round + i) % ROUNDS);
    return i % 4 === 1
      ? { kind: 'histogram', name: 'took', value, attributes: own, bounds: [10, 20, 60] }
      : { kind: 'exponential', name: 'size', value, attributes: own };
  });
}

/** Something breaks, and is whole again when it resolves. */
type Fault = (random: Random) => Promise<void>;

const faults: readonly Fault[] = [
  async (random) => restart([replicas[between(random, 0, REPLICAS - 1)]]),
  async (random) => {
    const spared = between(random, 0, REPLICAS - 1);
    await restart(replicas.filter((_, i) => i !== spared));
  },
  async () => {
    await redis.crash();
    await redis.restart();
  },
  async (random) => {
    process.kill(redis.pid, 'SIGSTOP');
    await delay(between(random, 100, 1500));
    process.kill(redis.pid, 'SIGCONT');
  },
];

async function restart(killed: readonly (ExporterProcess | undefined)[]): Promise<void> {
  await Promise.all(killed.map(async (replica) => replica?.kill()));
  await Promise.all(killed.map(async (replica) => replica?.restart()));
}

const delay = async (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Records rounds while one fault follows another. @returns what became of each round */
async function recordUnderFaults(rounds: readonly Round[], temporality: string): Promise<readonly string[]> {
  const random = seededRandom(SEED);
  const before = balancer.statuses().length;
  let fault = Promise.resolve();
  const onOutcome = (_outcome: string, round: number): void => {
    if (round % EVERY !== EVERY - 1) return;
    const [strike, afterMs] = [faults[((round - EVERY + 1) / EVERY) % faults.length], between(random, 0, 40)];
    // While requests are under way, and one after the other.
    fault = fault.then(async () => delay(afterMs)).then(async () => strike?.(random));
  };
  const { outcomes } = await recordWith(NODE, rounds, {
    endpoint: balancer.endpoint,
    env: {
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '60000',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: temporality,
    },
    onOutcome,
  });
  await fault;
  // Requests were hit by faults, and sent again.
  const statuses = balancer.statuses().slice(before);
  expect(statuses.filter((status) => status !== 200).length).toBeGreaterThan(2);
  return outcomes;
}

test('deltas count once though receivers and Redis die under the SDK', async () => {
  // Each round has series of its own, so that each can be found to count once.
  const rounds = Array.from({ length: ROUNDS }, (_, i) => roundOf(i, { round: String(i) }));
  const outcomes = await recordUnderFaults(rounds, 'delta');
  // On a slow machine the SDK may give a round up. What Redis has of it counts once as well.
  const accepted = rounds.filter((_, i) => outcomes[i] === 'accepted');
  const givenUp = rounds.filter((_, i) => outcomes[i] !== 'accepted').flat();
  const kept = new Set(await redis.client.keys('metrics:*'));
  await expectRecords(redis.client, [...accepted, givenUp.filter((recording) => kept.has(keyOf(recording)))]);
  expect(accepted.length).toBeGreaterThan(ROUNDS / 2);
});

test('totals count once though receivers and Redis die under the SDK', async () => {
  const rounds = Array.from({ length: ROUNDS }, (_, i) => roundOf(i, {}));
  const outcomes = await recordUnderFaults(rounds, 'cumulative');
  // The last totals have all that was recorded, also of rounds that were given up.
  expect(outcomes.at(-1)).toBe('accepted');
  await expectRecords(redis.client, rounds);
});
