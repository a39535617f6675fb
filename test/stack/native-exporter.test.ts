import { waitFor } from '@redmeter/test-servers';
import type { LocalStackOptions } from '@redmeter/stack';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dashboardFiles, queriesOf, variablesOf } from '../grafana/dashboards.js';
import { interpolate } from '../grafana/interpolation.js';
import { makeTrouble, publishExperiment } from './dashboard-data.js';
import { expectAnswer } from './panel-answer.js';
import { startStoreTraffic } from './store-traffic.js';
import { startTestStack, type TestStack } from './test-stack.js';

let stack: TestStack;

/** Starts a stack whose application's series come from the native exporter. */
async function startNative(options: LocalStackOptions): Promise<void> {
  stack = await startTestStack({
    exporter: 'native',
    // As the script's, which the data for the dashboards exceed.
    nativeEnvironment: { REDMETER_EXPORTER_MAX_SERIES: '10000' },
    ...options,
  });
}

const untilValue = async (expression: string, value: number): Promise<boolean> =>
  waitFor(async () => (await stack.prometheus.value(expression)) === value, `${expression} is ${value}`);
const own = { job: 'redmeter-exporter', instance: 'redis' };

describe('the series', () => {
  beforeAll(() =>
    startNative({
      parts: ['redis', 'store', 'exporter', 'native', 'prometheus'],
      storeEnvironment: { HANDLER_DELAY_MS: '0', METRICS_FLUSH_INTERVAL_MS: '500' },
    }),
  );
  afterAll(() => stack.stop());

  it('serves each series of the application once, typed and with help, from the native exporter alone', async () => {
    for (let i = 0; i < 3; i += 1) await fetch(`${stack.storeUrl}/join`);
    await untilValue('user_events{event="joined"}', 3);
    const joined = await stack.prometheus.query('user_events{event="joined"}');
    expect(joined.map(({ labels }) => labels)).toEqual([{ __name__: 'user_events', event: 'joined', ...own }]);
    expect(await stack.prometheus.query('{__name__="redis_script_values"}')).toEqual([]);
    // Redis's own series stay with redis_exporter.
    expect((await stack.prometheus.query('redis_up')).map(({ labels }) => labels['job'])).toEqual(['redis-exporter']);
    const metadata = (await (
      await fetch(`${stack.urls.prometheus ?? ''}/api/v1/metadata?metric=api_request_duration_ms`)
    ).json()) as { data: Readonly<Record<string, readonly { type: string; help: string }[]>> };
    expect(metadata.data['api_request_duration_ms']?.[0]).toMatchObject({ type: 'histogram' });
  });

  it('serves percentiles and its own metrics', async () => {
    await untilValue('redmeter_up', 1);
    await untilValue('count(api_request_duration_ms_p95{endpoint="join"})', 1);
  });
});

describe('the dashboards', () => {
  // The native exporter runs no script.
  const onlyStock = ['dashboard Pipeline, panel Script time, query A'];
  const panels = dashboardFiles.flatMap(({ dashboard }) => {
    const all = Object.fromEntries(variablesOf(dashboard).map(({ name, allValue }) => [name, allValue]));
    return queriesOf(dashboard)
      .filter(({ where }) => where.includes(', panel '))
      .map(({ where, expression }) => [where, interpolate(expression, all)] as const);
  });
  let stopTraffic: () => Promise<void>;
  beforeAll(async () => {
    await startNative({
      release: 'good',
      parts: ['redis', 'store', 'candidate', 'exporter', 'native', 'prometheus', 'release'],
      // It stays at its first step: what panels show of it does not change between two queries.
      environment: { ...process.env, RELEASE_INTERVAL: '5m' },
    });
    stopTraffic = startStoreTraffic(stack.storeUrl);
    await makeTrouble(stack);
    await publishExperiment(stack);
  });
  afterAll(async () => {
    await stopTraffic();
    await stack.stop();
  });

  it.each(panels.filter(([where]) => !onlyStock.includes(where)))('%s has an answer', async (_where, expression) => {
    await expectAnswer(stack.prometheus, expression);
  });

  it('have no other panels that need the script', async () => {
    const needScript = panels.filter(([where]) => onlyStock.includes(where));
    expect(needScript.map(([where]) => where)).toEqual(onlyStock);
    for (const [where, expression] of needScript) {
      const numbers = (await stack.prometheus.query(expression)).filter(({ value }) => !Number.isNaN(value));
      expect([where, numbers]).toEqual([where, []]);
    }
  });
});
