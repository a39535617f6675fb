import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { buildSeriesKey, type Label } from '@redmeter/metric-format';
import { prometheus3 } from '@redmeter/test-servers';
import { startTestStack, type TestStack } from './test-stack.js';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({
    parts: ['redis', 'exporter', 'prometheus'],
    programs: { prometheus: prometheus3().prometheus },
  });
}, 300_000);
afterAll(() => stack.stop());

/** Series, and the values by which they are known. */
const SERIES: readonly (readonly [name: string, labels: readonly Label[]])[] = [
  ['signups', []],
  ['jobs', [['queue', 'mail']]],
  [
    'http.server.requests',
    [
      ['http.method', 'GET'],
      ['code', '200'],
    ],
  ],
  ['cpu.load', []],
  [
    'jobs',
    [
      ['queue.name', 'mail'],
      ['x', 'a,"b"'],
    ],
  ],
  ['größe 名 🚀', [['ключ', '{"x"="y"}']]],
  [
    'quo"te\\d\nlines',
    [
      ['back\\slash', '1'],
      ['new\nline', '2'],
      ['{brace}', ','],
    ],
  ],
  ['tick`only', [['tick`', '`']]],
  ['job:rate5m', [['a:b', '1']]],
  ['ten', Array.from({ length: 10 }, (_, i): Label => [`l.${i}`, `v,${i}`])],
  [
    'named',
    [
      ['key', 'a'],
      ['filename', 'b'],
      ['x.key', 'c'],
    ],
  ],
];

it('Prometheus 3 has metric and label names of UTF-8 as they were recorded, from the script', async () => {
  const values = SERIES.flatMap(([name, labels], i) => [
    buildSeriesKey({ prefix: 'metrics' }, 'counter', name, labels),
    String(100 + i),
  ]);
  const histogram = buildSeriesKey({ prefix: 'metrics' }, 'histogram', 'http.duration', [['http.method', 'GET']]);
  await stack.redis.mset(...values, histogram, '{"count":3,"sum":7,"bounds":[5],"counts":[2,1]}');
  await stack.prometheus.nextScrape();
  const own = { job: 'redis-exporter', instance: 'redis' };
  const got = await stack.prometheus.query('{job="redis-exporter",__name__!~"redis_.*"} >= 100 < 200');
  const expected = SERIES.map(([name, labels], i) => ({
    labels: { __name__: name, ...own, ...Object.fromEntries(labels) },
    value: 100 + i,
  }));
  const byValue = <T extends { readonly value: number }>(list: readonly T[]): T[] =>
    [...list].sort((a, b) => a.value - b.value);
  expect(byValue(got)).toEqual(expected.map((one) => expect.objectContaining(one)));
  expect(await stack.prometheus.value('{"http.duration_bucket","http.method"="GET",le="5.0"}')).toBe(2);
  expect(await stack.prometheus.value('{"http.duration_count","http.method"="GET"}')).toBe(3);
  expect(await stack.prometheus.query('{__name__="redis_script_values"}')).toEqual([]);
  expect(await stack.prometheus.query('{__script_quoted!=""} or {__script_name!=""}')).toEqual([]);
  expect(await stack.prometheus.query('{"__script_quoted_{"!=""}')).toEqual([]);
});
