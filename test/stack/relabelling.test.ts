import { waitFor } from '@redmeter/test-servers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { buildRedisExporter, checkout, readCheckoutSettings } from '@redmeter/stack';
import { buildSeriesKey } from '@redmeter/metric-format';
import fc from 'fast-check';
import { manySeries, seriesSelector, type ExpectedSample } from './series-arbitrary.js';
import { startTestStack, type TestStack } from './test-stack.js';

const { exporterVersion } = readCheckoutSettings(checkout, process.env);
const hasGo = spawnSync('go', ['version']).status === 0;

const exporters = [
  { exporter: 'the installed redis_exporter', find: () => Promise.resolve({}) },
  ...(hasGo
    ? [
        {
          exporter: `redis_exporter ${exporterVersion}`,
          find: async () => ({ redis_exporter: await buildRedisExporter(checkout, exporterVersion, process.env) }),
        },
      ]
    : []),
];
if (!hasGo) it.skip(`not run with redis_exporter ${exporterVersion}: \`go version\` does not answer`, () => undefined);

describe.each(exporters)('$exporter', ({ find }) => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startTestStack({ parts: ['redis', 'exporter', 'prometheus'], programs: await find() });
  }, 300_000);
  afterAll(() => stack.stop());
  beforeEach(() => stack.redis.flushdb());

  it('gives Prometheus every series as Redis holds it', async () => {
    await fc.assert(
      fc.asyncProperty(manySeries, async (series) => {
        await stack.redis.flushdb();
        await stack.redis.mset(series.flatMap(({ key, json }) => [key, json]));
        await stack.prometheus.nextScrape();
        const got = asLines(await stack.prometheus.query(seriesSelector));
        const expected = asLines(series.flatMap((one) => one.expected));
        expect({ missing: without(expected, got), unexpected: without(got, expected) }).toEqual({
          missing: [],
          unexpected: [],
        });
        expect(got).toHaveLength(expected.length);
      }),
      // Each run waits for a scrape; a smaller counterexample is not worth some dozen of these: the message has the difference.
      { numRuns: 4, endOnFailure: true },
    );
  });

  it('leaves a value that neither quotes nor backticks can hold escaped, and the labels around it right', async () => {
    const mixed = [
      { value: '`"', arrives: '`\\"' },
      { value: '\\`', arrives: '\\\\`' },
      { value: '`\n`', arrives: '`\\n`' },
    ];
    const series = mixed.map(({ value }, index) => {
      const labels = [['a', '`'] as const, ['b', value] as const, ['c', '"'] as const];
      return [buildSeriesKey({ prefix: 'metrics' }, 'counter', `mixed_${index}`, labels), '3'];
    });
    await stack.redis.mset(series.flat());
    await stack.prometheus.nextScrape();
    for (const [index, { arrives }] of mixed.entries()) {
      const labels = { a: '`', b: arrives, c: '"' };
      expect(await stack.prometheus.query(`mixed_${index}`)).toMatchObject([{ labels, value: 3 }]);
    }
  });

  it("leaves the exporter's own series as they are, and none of its labels on ours", async () => {
    await stack.redis.set('metrics:counter:signups', '7');
    await stack.prometheus.nextScrape();
    const [signups] = await stack.prometheus.query('signups');
    expect(signups?.labels).toEqual({ __name__: 'signups', job: 'redis-exporter', instance: 'redis' });
    for (const name of ['redis_memory_used_bytes', 'redis_connected_clients', 'redis_commands_total{cmd="ping"}']) {
      expect(await stack.prometheus.query(name)).toMatchObject([{ labels: { instance: 'redis' } }]);
    }
    expect(await stack.prometheus.value('redis_db_keys{db="db0"}')).toBe(1);
    expect(await stack.prometheus.query('{__name__="redis_script_values"}')).toEqual([]);
    expect(await stack.prometheus.query('{__script_name!=""} or {__script_labels!=""}')).toEqual([]);
  });

  it('leaves names that Prometheus 2 does not accept in the label of the script, and scrapes all the rest', async () => {
    await stack.redis.mset(
      ...['metrics:counter:signups', '7', 'metrics:counter:http.requests:http.method=GET', '5'],
      ...['metrics:counter:jobs:queue.name=mail,x=a', '6', 'metrics:counter:jobs:x=a', '8', 'metrics:gauge:größe', '9'],
      ...[
        'metrics:gauge:a%22%0A`b',
        '10',
        'metrics:counter:job%3Arate:a=%2C%22',
        '11',
        'metrics:counter:q:a=`%2C%22,b=%7B',
        '12',
      ],
    );
    await stack.prometheus.nextScrape();
    expect(await stack.prometheus.value('up{job="redis-exporter"}')).toBe(1);
    expect(await stack.prometheus.value('signups')).toBe(7);
    expect(await stack.prometheus.value('jobs')).toBe(8);
    expect(await stack.prometheus.value('job:rate{a=",\\""}')).toBe(11);
    expect(await stack.prometheus.value('q{b="{"}')).toBe(12);
    const left = await stack.prometheus.query('{__name__="redis_script_values"}');
    expect(new Map(left.map(({ labels, value }) => [labels['key'], value]))).toEqual(
      new Map([
        ['{"http.requests","http.method"="GET"}', 5],
        ['jobs{"queue.name"="mail",x="a"}', 6],
        ['{"größe"}', 9],
        ['{"a\\"\\n`b"}', 10],
      ]),
    );
    expect(await stack.prometheus.query('{__script_quoted!=""} or {__script_name!=""}')).toEqual([]);
  });
});

describe.each(exporters)('$exporter with another namespace', ({ find }) => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startTestStack({
      parts: ['redis', 'exporter', 'prometheus'],
      programs: await find(),
      exporterEnvironment: { REDIS_EXPORTER_NAMESPACE: 'my_team' },
    });
  }, 300_000);
  afterAll(() => stack.stop());

  it('gives Prometheus the same series, and rules know its own', async () => {
    // Names that end as those of the exporter do.
    const labels = [['key', 'a,"b"'] as const, ['queue', 'mail'] as const];
    await stack.redis.mset(
      ...['metrics:counter:signups', '7', 'metrics:gauge:checkout_up', '0', 'metrics:gauge:old_script_values', '3'],
      ...[buildSeriesKey({ prefix: 'metrics' }, 'counter', 'jobs', labels), '5'],
    );
    await stack.prometheus.nextScrape();
    const own = { job: 'redis-exporter', instance: 'redis' };
    for (const [name, value, others] of [
      ['signups', 7, {}],
      ['checkout_up', 0, {}],
      ['old_script_values', 3, {}],
      ['jobs', 5, Object.fromEntries(labels)],
      ['redmeter_scan_disabled', 0, {}],
      ['my_team_up', 1, {}],
    ] as const) {
      expect(await stack.prometheus.query(name)).toEqual([
        expect.objectContaining({ labels: { __name__: name, ...own, ...others }, value }),
      ]);
    }
    expect(await stack.prometheus.query('{__name__="my_team_script_values"}')).toEqual([]);
    expect(await stack.prometheus.query('{__script_name!=""} or {__script_labels!=""}')).toEqual([]);

    await waitFor(
      async () => (await stack.prometheus.query('redmeter:redis_up')).length > 0,
      'the recording rules have run',
    );
    expect(await stack.prometheus.query('redmeter:redis_up')).toEqual([
      expect.objectContaining({ labels: { __name__: 'redmeter:redis_up', ...own }, value: 1 }),
    ]);
    for (const name of ['uptime_in_seconds', 'memory_used_bytes', 'memory_max_bytes', 'evicted_keys_total']) {
      await waitFor(async () => {
        return (await stack.prometheus.query(`redmeter:redis_${name}`)).length === 1;
      }, `redmeter:redis_${name} is recorded`);
    }
    expect(await stack.prometheus.query('ALERTS{alertname=~"RedmeterRedis.*|RedmeterScriptFailing"}')).toEqual([]);
  });
});

/**
 * A text for each series that is the same whenever name, labels and value are, to the last bit, but for the sign of
 * zero: redis_exporter's text format (Go's expfmt) writes 0 for -0.
 */
function asLines(samples: readonly ExpectedSample[]): string[] {
  return samples.map(({ labels, value }) => {
    const own = Object.entries(labels).filter(([name]) => name !== 'job' && name !== 'instance');
    const sorted = own.sort(([a], [b]) => (a < b ? -1 : 1));
    return `${JSON.stringify(sorted)} ${value}`;
  });
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line)).slice(0, 10);
}
