import { waitFor } from '@redmeter/test-servers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dashboardFiles, queriesOf, variablesOf, type Variable } from '../grafana/dashboards.js';
import { interpolate, parseLabelValues, tickedValues, type VariableValues } from '../grafana/interpolation.js';
import {
  experimentMetrics,
  prometheusMetrics,
  readerMetrics,
  redisExporterMetrics,
  releaseMetrics,
  storeMetrics,
  writerMetrics,
} from '../prometheus/known-metrics.js';
import { alertingRules, recordingRules } from '../prometheus/rule-files.js';
import { makeTrouble, publishExperiment } from './dashboard-data.js';
import { expectAnswer } from './panel-answer.js';
import { startStoreTraffic } from './store-traffic.js';
import { startTestStack, type TestStack } from './test-stack.js';

// The slowest to come is an alert that must be true for a minute before it fires.
const dataTimeoutMs = 120_000;

const dashboards = dashboardFiles.map(({ dashboard }) => dashboard);

let stack: TestStack;
let stopTraffic: () => Promise<void>;

beforeAll(async () => {
  stack = await startTestStack({
    release: 'good',
    parts: ['redis', 'store', 'candidate', 'exporter', 'prometheus', 'release'],
    // It stays at its first step: what panels show of it does not change between two queries.
    environment: { ...process.env, RELEASE_INTERVAL: '5m' },
  });
  stopTraffic = startStoreTraffic(stack.storeUrl);
  await makeTrouble(stack);
  await publishExperiment(stack);
  const query = 'min(ALERTS{alertstate="firing", alertname="RedmeterKeysSkipped"})';
  await waitFor(async () => (await stack.prometheus.value(query)) === 1, 'an alert fires', dataTimeoutMs);
}, dataTimeoutMs + 60_000);

afterAll(async () => {
  await stopTraffic();
  await stack.stop();
});

/** The values a variable offers, as Grafana finds them. */
async function valuesOf(variable: Variable, chosen: VariableValues): Promise<string[]> {
  const { selector, label } = parseLabelValues(variable.query.query);
  const samples = await stack.prometheus.query(`count by (${label}) (${interpolate(selector, chosen)})`);
  return samples.map(({ labels }) => labels[label] ?? '').filter((value) => value !== '');
}

describe.each(dashboards.map((dashboard) => [dashboard.title, dashboard] as const))('dashboard %s', (_, dashboard) => {
  const variables = variablesOf(dashboard);
  const all: VariableValues = Object.fromEntries(variables.map(({ name, allValue }) => [name, allValue]));

  it.each(variables.map((variable) => [variable.name, variable] as const))(
    'has values for $%s',
    async (_name, variable) => {
      expect(await valuesOf(variable, all)).not.toEqual([]);
    },
  );

  it.each(queriesOf(dashboard).map(({ where, expression }) => [where, expression] as const))(
    '%s has an answer',
    async (_where, expression) => {
      await expectAnswer(stack.prometheus, interpolate(expression, all));
    },
  );

  it('shows the same series when every value is ticked as when all are chosen', async () => {
    const ticked: Record<string, string> = {};
    for (const variable of variables) ticked[variable.name] = tickedValues(await valuesOf(variable, ticked));
    for (const { where, expression } of queriesOf(dashboard)) {
      const seriesOf = async (values: VariableValues): Promise<unknown> =>
        (await stack.prometheus.query(interpolate(expression, values)))
          .map(({ labels }) => JSON.stringify(labels))
          .sort();
      expect([where, await seriesOf(ticked)]).toEqual([where, await seriesOf(all)]);
    }
  });
});

describe('the series that dashboards and rules may ask for', () => {
  it.each(
    [
      ...storeMetrics,
      ...writerMetrics,
      ...experimentMetrics,
      ...releaseMetrics,
      ...readerMetrics,
      ...redisExporterMetrics,
      ...prometheusMetrics,
      ...recordingRules.map(({ record }) => record),
    ].map((name) => [name]),
  )('%s is in Prometheus', async (name) => {
    expect(await stack.prometheus.query(`count({__name__="${name}"})`)).not.toEqual([]);
  });
});

describe('the rules', () => {
  it('are all loaded and evaluated without an error', async () => {
    const response = await fetch(`${stack.urls.prometheus ?? ''}/api/v1/rules`);
    const { data } = (await response.json()) as {
      data: { groups: readonly { rules: readonly { name: string; health: string; lastError?: string }[] }[] };
    };
    const loaded = data.groups.flatMap(({ rules }) => rules);
    expect(loaded.filter(({ health }) => health !== 'ok')).toEqual([]);
    const expected = [...recordingRules.map(({ record }) => record), ...alertingRules.map(({ alert }) => alert)];
    expect(loaded.map(({ name }) => name).sort()).toEqual(expected.sort());
  });

  it('fire for the trouble that is there, and for no other', async () => {
    const samples = await stack.prometheus.query('count by (alertname) (ALERTS{alertstate="firing"})');
    expect(samples.map(({ labels }) => labels['alertname']).sort()).toEqual([
      'RedmeterFamiliesTruncated',
      'RedmeterKeysSkipped',
      'RedmeterRecordingsDropped',
    ]);
  });
});
