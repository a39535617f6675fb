import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseResult } from '@redmeter/experiment';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bucketLabel, sharedHistogram } from '../../src/dashboards/histogram.js';
import { ask, startTestService, type TestService } from '../test-service.js';

let service: TestService;
beforeAll(async () => (service = await startTestService()));
afterAll(() => service.stop());

const get = (path: string) => ask(service.url + path);

describe('/abnDashboard', () => {
  it('has summaries and histograms of each metric by version, over transactions and over users', async () => {
    const [v1, v2] = [
      { version: 'v1', signature: '' },
      { version: 'v2', signature: '9f2c1' },
    ];
    const values = [
      [v1, 'ann', 0],
      [v1, 'ann', 4],
      [v1, 'bob', 10],
      [v2, 'cleo', 2],
    ] as const;
    for (const [build, user, value] of values) {
      await service.store.writeMetric({ application: 'shop', user, metric: 'spent', value, build });
    }
    const { status, json } = await get('/abnDashboard?application=shop&namespace=default');
    expect(status).toBe(200);
    const { spent } = json as Record<
      string,
      { HistogramsOverTransactions: { Version: string; Bucket: string; Value: number }[] }
    >;
    expect(spent).toMatchObject({
      SummaryOverTransactions: [
        { Version: 0, Count: 3, Mean: 14 / 3, Min: 0, Max: 10, StdDev: expect.closeTo(Math.sqrt(152 / 9), 10) },
        { Version: 1, Count: 1, Mean: 2, Min: 2, Max: 2, StdDev: 0 },
      ],
      SummaryOverUsers: [
        { Version: 0, Count: 2, Mean: 7, Min: 4, Max: 10, StdDev: 3 },
        { Version: 1, Count: 1, Mean: 2 },
      ],
    });
    expect(spent?.HistogramsOverTransactions.filter(({ Value }) => Value > 0)).toEqual([
      { Version: '0', Bucket: '0 - 1', Value: 1 },
      { Version: '0', Bucket: '4 - 5', Value: 1 },
      { Version: '0', Bucket: '9 - 10', Value: 1 },
      { Version: '1', Bucket: '2 - 3', Value: 1 },
    ]);
    expect(spent?.HistogramsOverTransactions).toHaveLength(20);
  });

  it.each([
    ['/abnDashboard', 400, /namespace|application/],
    ['/abnDashboard?application=shop', 400, /namespace/],
    ['/grpcDashboard?test=nothing', 400, /namespace/],
    ['/abnDashboard?application=nowhere&namespace=default', 404, /"default\/nowhere"/],
    ['/httpDashboard?namespace=default&test=nothing', 404, /"default\/nothing"/],
    [`/httpDashboard?namespace=default&test=${'x'.repeat(300)}`, 404, /name of a stored result/],
  ])('refuses %s', async (path, status, message) => {
    expect(await get(path)).toMatchObject({ status, json: { message: expect.stringMatching(message) } });
  });
});

// The first histogram of Iter8 1.1's own test of it (metrics/server_test.go), values at the middle of its buckets.
it('puts versions in the same buckets as Iter8 does', () => {
  const buckets = sharedHistogram(
    new Map([
      ['0', [1, 2, 3]],
      ['1', [3, 4, 5]],
      ['5', [10, 11, 12, 10.5, 11.5, 20, 30]],
    ]),
  );
  expect(buckets.slice(0, 10).map(({ Bucket }) => Bucket)).toEqual(
    expect.arrayContaining(['1 - 3.9', '3.9 - 6.8', '12.6 - 15.5', '27.1 - 30']),
  );
  expect(buckets.filter(({ Value }) => Value > 0)).toEqual([
    { Version: '0', Bucket: '1 - 3.9', Value: 3 },
    { Version: '1', Bucket: '1 - 3.9', Value: 1 },
    { Version: '1', Bucket: '3.9 - 6.8', Value: 2 },
    { Version: '5', Bucket: expect.stringMatching(/^9\.\d+ - 12\.6$/), Value: 5 },
    { Version: '5', Bucket: expect.stringMatching(/^18\.\d+ - 21\.3$/), Value: 1 },
    { Version: '5', Bucket: '27.1 - 30', Value: 1 },
  ]);
});

it.each([
  [[], []],
  [[7, 7], [{ Version: '0', Bucket: '7 - 7', Value: 2 }]],
])('has no bucket without width: %j', (values, expected) => {
  const withValues = sharedHistogram(new Map(values.length === 0 ? [] : [['0', values]]));
  expect(withValues).toEqual(expected);
});

it('cuts labels after one decimal', () => expect(bucketLabel(-0.24, 0.26)).toBe('-0.3 - 0.2'));

describe.each(['http', 'grpc'] as const)('/%sDashboard', (kind) => {
  it('has the endpoints of a stored result', async () => {
    const text = readFileSync(join(__dirname, `${kind}-result.yaml`), 'utf8');
    const result = parseResult(text, `${kind}-result.yaml`);
    await service.store.put({ name: `load-${kind}`, savedTime: '2026-11-29T12:00:00Z', result });
    const { status, json } = await get(`/${kind}Dashboard?namespace=default&test=load-${kind}`);
    expect(status).toBe(200);
    const { Endpoints, ExperimentResult } = json as {
      Endpoints: Record<string, Record<string, unknown>>;
      ExperimentResult: unknown;
    };
    expect(ExperimentResult).toMatchObject({
      Name: `load-${kind}`,
      Namespace: 'default',
      'Start time': expect.stringMatching(/^\d\d [A-Z][a-z]{2} \d\d \d\d:\d\d UTC$/),
      'Completed tasks': result.numCompletedTasks,
      Failure: false,
      Insights: null,
    });
    const [row] = Object.values(Endpoints);
    const durations = row?.['Durations'] as { Version: string; Bucket: string; Value: number }[];
    expect(durations.reduce((sum, { Value }) => sum + Value, 0)).toBe(20);
    expect(durations[0]?.Bucket).toMatch(kind === 'http' ? /^[\d.]+ - [\d.]+$/ : /^[\d.]+$/);
    expect(row).toMatchObject(
      kind === 'http'
        ? { Statistics: { Count: 20 }, 'Error durations': [], 'Return codes': { 200: 20 } }
        : { Statistics: { Count: 20, ErrorCount: 0 }, 'Status codes': { OK: 20 } },
    );
  });
});
