import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { between, seededRandom } from '../../packages/redis-metrics/test/chaos/random.js';
import { interpreter } from './interpreter.js';
import { clients, php, runProgram } from './run-program.js';

/** Programs of the packages that declare and record what they are asked to, as the conformance kit asks. */
const languages = {
  Python: () => [interpreter('python-redis'), join(clients, 'python/test/conformance.py')],
  PHP: () => php('test/conformance.php'),
};
const names = Object.keys(languages) as (keyof typeof languages)[];
const VALUES = 500;
/** Coarse and fine; some so fine that the values need more buckets than are allowed. */
const LAYOUTS = [
  { schema: -4, zeroThreshold: 1e-300, maxBuckets: 160 },
  { schema: 0, zeroThreshold: 0, maxBuckets: 500 },
  { schema: 3, zeroThreshold: 2 ** -128, maxBuckets: 40 },
  { schema: 8, zeroThreshold: 1e-3, maxBuckets: 160 },
];

const server = useRedisServer({ flushBeforeEach: true });

/** Values of all sizes and both signs. */
function someValues(): number[] {
  const random = seededRandom(7);
  return Array.from({ length: VALUES }, (_, i) => {
    const magnitude = (1 + random()) * 2 ** (i % 2 === 0 ? between(random, -1073, 1022) : between(random, -3, 3));
    return random() < 0.3 ? -magnitude : magnitude;
  });
}

const metricName = (language: string, i: number): string => `${language.toLowerCase()}_${i}`;

async function recordIn(language: keyof typeof languages, values: readonly number[]): Promise<void> {
  const metrics = [...LAYOUTS.keys()].flatMap((i) => [
    { name: metricName(language, i), native: LAYOUTS[i] },
    { name: `shared_${i}`, native: LAYOUTS[i] },
  ]);
  const requests = [
    { do: 'open', redis: server.url, prefix: 'metrics', ttlMs: 1_800_000, answerTimeoutMs: 5000 },
    ...metrics.map((metric) => ({ do: 'declare', type: 'histogram', ...metric })),
    { do: 'record', recordings: metrics.flatMap(({ name }) => values.map((value) => ({ name, value }))) },
    ...[{ do: 'flush' }, { do: 'statistics' }, { do: 'close' }],
  ];
  const input = requests.map((request, id) => `${JSON.stringify({ id, ...request })}\n`).join('');
  const { out } = await runProgram(languages[language](), input);
  const answers = out.trim().split('\n');
  expect(JSON.parse(answers.at(-2) ?? '')).toMatchObject({ flushed: metrics.length * values.length });
}

async function recordInNode(values: readonly number[]): Promise<void> {
  const service = new RedisMetricsService({ redis: server.url, ownMetrics: false });
  for (const [i, layout] of LAYOUTS.entries()) {
    for (const name of [metricName('Node', i), `shared_${i}`]) {
      const histogram = service.histogram({ name, buckets: 'native', ...layout }).labels();
      for (const value of values) histogram.observe(value);
    }
  }
  await service.close();
}

/** What a histogram has counted. */
async function counted(name: string): Promise<Record<string, unknown>> {
  const record = JSON.parse((await server.client.get(`metrics:histogram:${name}`)) ?? '{}') as Record<string, unknown>;
  const fields = ['count', 'sum', 'schema', 'zeroThreshold', 'zeroCount', 'positive', 'negative'];
  return Object.fromEntries(fields.map((field) => [field, record[field]]));
}

describe('native histograms', () => {
  it('have the same buckets in all languages, and add up', async () => {
    const values = someValues();
    await Promise.all([recordInNode(values), ...names.map((name) => recordIn(name, values))]);
    for (const i of LAYOUTS.keys()) {
      const node = await counted(metricName('Node', i));
      expect(node).toMatchObject({ count: VALUES, sum: expect.any(Number) });
      for (const name of names) expect(await counted(metricName(name, i))).toEqual(node);

      const writers = names.length + 1;
      const times = (side: unknown): unknown => {
        const { indexes, counts } = side as { indexes: number[]; counts: number[] };
        return { indexes, counts: counts.map((count) => writers * count) };
      };
      expect(await counted(`shared_${i}`)).toMatchObject({
        ...{ count: writers * VALUES, schema: node['schema'], zeroThreshold: node['zeroThreshold'] },
        zeroCount: writers * Number(node['zeroCount']),
        ...{ positive: times(node['positive']), negative: times(node['negative']) },
      });
    }
  });
});
