import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { useRedisServer } from '@redmeter/test-servers/jest';
import fc from 'fast-check';
import { RecordedLog } from '../../../redis-metrics/test/service/recorded-log.js';
import { RedisMetricExporter } from '../../src/index.js';
import { explicit, exponential, exponentialHistogram, gauge, histogram, point, sum } from '../data-points.js';
import { recordOf, valueOf } from '../records.js';

const server = useRedisServer({ flushBeforeEach: true });
let exporter: RedisMetricExporter;

beforeEach(() => {
  exporter = new RedisMetricExporter({
    ...{ redis: server.url, ownMetrics: false, writerId: 'w1', logger: new RecordedLog(), scopeLabels: false },
    resourceLabels: ['service.name'],
  });
});
afterEach(() => exporter.shutdown());

/** The results of an export, when no other can come. */
async function resultsOf(exported: unknown): Promise<{ readonly code: number; readonly error?: Error }[]> {
  const results: { readonly code: number; readonly error?: Error }[] = [];
  await new Promise<void>((resolve) =>
    exporter.export(exported as ResourceMetrics, (result) => {
      results.push(result);
      resolve();
    }),
  );
  await new Promise((resolve) => setImmediate(resolve));
  return results;
}

const exportOf = (...metrics: unknown[]): ResourceMetrics => ({
  resource: resourceFromAttributes({}),
  scopeMetrics: [{ scope: { name: 'test' }, metrics: metrics as MetricData[] }],
});

const good = (round: number): MetricData => sum('good', true, point(round));

const kinds: readonly [string, () => MetricData][] = [
  ['counter', () => sum('bad_counter', true, point(1), point(2, undefined, { a: 1 }))],
  ['up-down counter', () => sum('bad_up_down', false, point(1), point(2, undefined, { a: 1 }))],
  ['gauge', () => gauge('bad_gauge', point(1), point(2, undefined, { a: 1 }))],
  ['histogram', () => histogram('bad_histogram', point(explicit([1, 2], [1, 2, 3], 5)), point(explicit([], [1], 5)))],
  ['exponential histogram', () => exponentialHistogram('bad_exponential', point(exponential(3, -2, [1, 0, 2], 5)))],
];

type Path = readonly (number | string)[];

/** The paths of all that an object has in it. */
function pathsIn(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([name, inner]) => pathsIn(inner, [...at, name]))];
}

/** A copy with another value at a path; without it if that is undefined. */
function changed(value: unknown, [name, ...path]: Path, junk: unknown): unknown {
  if (name === undefined) return junk;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<string, unknown>;
  copy[name] = changed(copy[name], path, junk);
  return copy;
}

const circular: Record<string, unknown> = {};
circular['self'] = circular;
const JUNK = [
  undefined,
  null,
  0,
  -1,
  0.5,
  NaN,
  Infinity,
  2 ** 60,
  '',
  'x',
  true,
  5n,
  Symbol('s'),
  [],
  {},
  [null],
  [[]],
  circular,
];
const junk = fc.constantFrom<unknown>(...JUNK, () => 1);

it.each(kinds)('loses nothing beside a malformed %s, and calls back once', async (_kind, valid) => {
  const path = fc.constantFrom(...pathsIn(valid()));
  let rounds = 0;
  await fc.assert(
    fc.asyncProperty(path, junk, fc.boolean(), async (at, value, isFirst) => {
      const bad = changed(valid(), at, value);
      rounds += 1;
      const metrics = isFirst ? [bad, good(rounds)] : [good(rounds), bad];
      expect(await resultsOf(exportOf(...metrics))).toHaveLength(1);
      expect(await valueOf(server.client, 'metrics:counter:good')).toBe(rounds);
    }),
    { numRuns: 300 },
  );
});

it('calls back once whatever an export is', async () => {
  const valid = exportOf(good(1));
  const path = fc.constantFrom(...pathsIn({ ...valid, resource: { attributes: { 'service.name': 'x' } } }));
  await fc.assert(
    fc.asyncProperty(path, junk, async (at, value) => {
      expect(await resultsOf(changed(valid, at, value))).toHaveLength(1);
    }),
    { numRuns: 300 },
  );
});

it.each<[string, unknown]>([
  ['no resource', { ...exportOf(good(3)), resource: undefined }],
  ['no scope', { ...exportOf(), scopeMetrics: [{ metrics: [good(3)] }] }],
  ['a scope that is null', { ...exportOf(), scopeMetrics: [null, ...exportOf(good(3)).scopeMetrics] }],
  ['a metric that is null', exportOf(null, good(3))],
  ['a metric without points', exportOf({ ...good(1), dataPoints: undefined }, good(3))],
  ['a metric without a descriptor', exportOf({ ...good(1), descriptor: undefined }, good(3))],
  ['a metric of an unknown kind', exportOf({ ...good(1), dataPointType: 9 }, good(3))],
  ['a histogram whose point has no buckets', exportOf(histogram('took', point({ count: 1 } as never)), good(3))],
  ['a point that is null', exportOf(sum('good', true, null as never, point(3)))],
  ['a point without a value', exportOf(sum('good', true, point(undefined as never, undefined, { a: 1 }), point(3)))],
])('records all else of an export with %s', async (_title, exported) => {
  await resultsOf(exported);
  expect(await valueOf(server.client, 'metrics:counter:good')).toBe(3);
  expect(await recordOf(server.client, 'metrics:counter:good:a=1')).toBeNull();
});

it('says which metric is malformed, and records its other points', async () => {
  const points = [point({} as never), point(explicit([5], [1, 2], 9)), point(explicit([5], [1], 9))];
  const [result, ...more] = await resultsOf(exportOf(histogram('took', ...points), good(1)));
  expect(more).toEqual([]);
  expect(result?.code).toBe(1);
  expect(result?.error?.message).toBe('redmeter: a data point of the metric took is not recorded');
  expect(await recordOf(server.client, 'metrics:histogram:took')).toMatchObject({ counts: [1, 2], sum: 9 });
});
