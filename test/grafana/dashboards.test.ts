import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import {
  experimentMetrics,
  prometheusMetrics,
  readerMetrics,
  redisExporterMetrics,
  releaseMetrics,
  storeMetrics,
  writerMetrics,
} from '../prometheus/known-metrics.js';
import { metricNames } from '../prometheus/promql.js';
import { recordingRules } from '../prometheus/rule-files.js';
import { dashboardFiles, queriesOf, variablesOf, type DataSourceReference, type Panel } from './dashboards.js';
import { interpolate, parseLabelValues } from './interpolation.js';

const provisioning = join(__dirname, '../../grafana/provisioning');
const { datasources } = parse(readFileSync(join(provisioning, 'datasources/prometheus.yaml'), 'utf8')) as {
  datasources: readonly { name: string; uid: string; type: string; url: string; jsonData: { timeInterval: string } }[];
};

/** Ids of Grafana's units that are used; one that Grafana does not know is shown as a suffix, without a word. */
const units = new Set(
  'none short locale percentunit bytes binBps s ms dtdurations dateTimeFromNow ops reqps cps'.split(' '),
);

const panelTypes = new Set(['row', 'stat', 'timeseries', 'bargauge', 'table', 'heatmap', 'state-timeline']);

const known = new Set([
  ...storeMetrics,
  ...writerMetrics,
  ...experimentMetrics,
  ...releaseMetrics,
  ...readerMetrics,
  ...redisExporterMetrics,
  ...prometheusMetrics,
  ...recordingRules.map(({ record }) => record),
]);

const dashboards = dashboardFiles.map(({ dashboard }) => dashboard);
const queryPanels = dashboards.flatMap((dashboard) =>
  dashboard.panels
    .filter(({ type }) => type !== 'row')
    .map((panel) => [`${dashboard.title}: ${panel.title}`, panel] as const),
);

describe('the data source', () => {
  it('is one Prometheus, at an address from the environment', () => {
    expect(datasources).toEqual([
      expect.objectContaining({ uid: 'redmeter-prometheus', type: 'prometheus', url: '$PROMETHEUS_URL' }),
    ]);
  });

  it('declares the scrape interval, from which Grafana takes $__rate_interval', () => {
    const { global } = parse(readFileSync(join(__dirname, '../../prometheus.yaml'), 'utf8')) as {
      global: { scrape_interval: string };
    };
    expect(datasources[0]?.jsonData.timeInterval).toBe(global.scrape_interval);
  });
});

describe('the dashboards', () => {
  it('are Store, Pipeline, Redis, Experiments and Releases', () => {
    const titles = dashboards.map(({ title }) => title).sort();
    expect(titles).toEqual(['Experiments', 'Pipeline', 'Redis', 'Releases', 'Store']);
  });

  it('have a uid each', () => {
    expect(dashboards.map(({ uid }) => uid).sort()).toEqual([
      'redmeter-experiments',
      'redmeter-pipeline',
      'redmeter-redis',
      'redmeter-releases',
      'redmeter-store',
    ]);
  });
});

it('shows of the versions of an experiment the loads of all kinds', () => {
  const panels = dashboards.find(({ title }) => title === 'Experiments')?.panels ?? [];
  const measures = panels.flatMap(({ targets = [] }) =>
    targets.flatMap(({ expr }) => [...expr.matchAll(/metric=~"([^"$]+)"/g)].map(([, pattern = '']) => pattern)),
  );
  expect(measures.length).toBeGreaterThanOrEqual(10);
  for (const measure of measures) {
    const tail = measure.slice(measure.lastIndexOf('/'));
    const name = tail.replace('(50|95|99)', '95');
    for (const group of ['built-in', 'grpc', 'http-checkout', 'grpc-greet'])
      expect(group + name).toMatch(new RegExp(`^(?:${measure})$`));
    expect(`redis${name}`).not.toMatch(new RegExp(`^(?:${measure})$`));
  }
});

describe.each(dashboardFiles.map((file) => [file.name, file] as const))('%s', (_, { text, dashboard }) => {
  it('is written as Grafana exports it, so that a change shows as what it is', () => {
    expect(text).toBe(`${JSON.stringify(dashboard, null, 2)}\n`);
  });

  it('has what Grafana 13 writes, no id of one database, and shows the last 15 minutes, of experiments the last day', () => {
    const isRare = dashboard.title === 'Experiments';
    expect(dashboard).toMatchObject({
      schemaVersion: 42,
      refresh: isRare ? '30s' : '5s',
      time: { from: isRare ? 'now-24h' : 'now-15m', to: 'now' },
      description: expect.stringMatching(/\.$/) as unknown,
    });
    expect(dashboard).not.toHaveProperty('id');
  });

  it('links to the others: all carry the tag that the link looks for', () => {
    const [link] = dashboard.links;
    expect(link).toMatchObject({ type: 'dashboards', keepTime: true, includeVars: true });
    for (const tag of link?.tags ?? []) {
      for (const other of dashboards) expect(other.tags).toContain(tag);
    }
    expect(link?.tags).not.toEqual([]);
  });

  it('has panels with ids of their own', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has panels that lie within 24 columns and not upon each other', () => {
    for (const { gridPos, title } of dashboard.panels) {
      expect([title, gridPos.x >= 0 && gridPos.x + gridPos.w <= 24]).toEqual([title, true]);
    }
    const pairs = dashboard.panels.flatMap((panel, i) => dashboard.panels.slice(i + 1).map((other) => [panel, other]));
    const overlapping = pairs.filter(([one, other]) => one !== undefined && other !== undefined && overlap(one, other));
    expect(overlapping.map((pair) => pair.map(({ title }) => title))).toEqual([]);
  });

  it('has rows without holes', () => {
    const widths = new Map<number, number>();
    for (const { gridPos } of dashboard.panels) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) widths.set(y, (widths.get(y) ?? 0) + gridPos.w);
    }
    const lines = [...widths].sort(([a], [b]) => a - b);
    expect(lines).toEqual(lines.map((_line, y) => [y, 24]));
  });

  it('has titles that tell its panels apart', () => {
    const titles = dashboard.panels.map(({ title, type }) => `${type} ${title}`);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('lets its reader choose a Prometheus, at first the provisioned one, and asks no other data source', () => {
    const [first, ...others] = dashboard.templating.list;
    expect(first).toMatchObject({
      ...{ type: 'datasource', name: 'datasource', query: 'prometheus', includeAll: false, multi: false, regex: '' },
      current: { text: datasources[0]?.name, value: datasources[0]?.uid },
    });
    expect(others.every(({ type }) => type === 'query')).toBe(true);
    const references = dataSourcesIn(dashboard).filter(({ uid }) => uid !== '-- Grafana --');
    expect(references.filter(({ type, uid }) => type !== 'prometheus' || uid !== '${datasource}')).toEqual([]);
    expect(text.split('redmeter-prometheus')).toHaveLength(2);
    const asking = [...dashboard.panels.filter(({ type }) => type !== 'row'), ...variablesOf(dashboard)];
    const targets = dashboard.panels.flatMap((panel) => panel.targets ?? []);
    const annotations = dashboard.annotations.list.filter(({ target }) => target !== undefined);
    for (const { datasource } of [...asking, ...targets, ...annotations]) {
      expect(datasource).toEqual({ type: 'prometheus', uid: '${datasource}' });
    }
  });

  it('has variables that query the data source and can show all', () => {
    for (const variable of variablesOf(dashboard)) {
      expect(variable).toMatchObject({
        type: 'query',
        definition: variable.query.query,
        includeAll: true,
        allValue: '.*',
        label: expect.stringMatching(/\S/) as unknown,
        description: expect.stringMatching(/\.$/) as unknown,
      });
      expect(known).toContain(metricNames(parseLabelValues(variable.query.query).selector)[0]);
    }
  });

  it('asks for series that exist, with variables that exist, and uses every variable', () => {
    const values = Object.fromEntries(variablesOf(dashboard).map(({ name }) => [name, '.*']));
    const queries = queriesOf(dashboard);
    for (const { where, expression } of queries) {
      const unknown = metricNames(interpolate(expression, values)).filter((name) => !known.has(name));
      expect([where, unknown]).toEqual([where, []]);
    }
    const unused = Object.keys(values).filter(
      (name) => !queries.some(({ expression }) => expression.includes(`$${name}`)),
    );
    expect(unused).toEqual([]);
  });
});

describe.each(queryPanels)('panel %s', (_, panel) => {
  it('has a title, a description and a unit that Grafana knows', () => {
    expect(panel.title).toMatch(/\S/);
    expect(panel.description).toMatch(/^\S.*\.$/);
    expect(units).toContain(panel.fieldConfig?.defaults.unit);
  });

  it('is of a type that Grafana ships with', () => {
    expect(panelTypes).toContain(panel.type);
  });

  it('has queries with ids of their own, each either instant or a range', () => {
    const targets = panel.targets ?? [];
    expect(targets).not.toHaveLength(0);
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    for (const { instant, range } of targets) expect(instant).toBe(!range);
  });

  it('names its lines, where it has more than one', () => {
    const unnamed = (panel.targets ?? []).filter(
      ({ legendFormat, format }) => legendFormat === undefined && format !== 'table',
    );
    if (panel.type !== 'stat') expect(unnamed).toEqual([]);
  });
});

/** Every data source that some part of a dashboard names. */
function dataSourcesIn(part: unknown): DataSourceReference[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, value]: [string, unknown]) =>
    name === 'datasource' ? [value as DataSourceReference] : dataSourcesIn(value),
  );
}

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
