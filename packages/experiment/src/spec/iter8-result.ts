import { emptyInsights, type ExperimentResult, type Insights, type MetricInfo } from '../result/experiment-result.js';
import { readIter8Metrics } from './iter8-metrics.js';
import { canonicalMetricName } from '../result/metric-name.js';
import type { RewardOutcome } from '../result/reward.js';
import type { SloVerdict } from '../result/slo-verdict.js';
import type { LimitSlo } from '../result/slo.js';

type Fields = ReadonlyMap<string, unknown>;

/**
 * Reads a result that Iter8 wrote, in the layouts of 0.8, 0.10 and 0.13. Names of fields are compared without regard to case: some
 * of its versions wrote `numCompletedTasks`, others `numcompletedtasks`.
 *
 * @returns undefined when the value is not such a result.
 */
export function readIter8Result(value: unknown): ExperimentResult | undefined {
  const fields = fieldsOf(value);
  const numCompletedTasks = fields.get('numcompletedtasks');
  const failure = fields.get('failure');
  if (typeof numCompletedTasks !== 'number' || typeof failure !== 'boolean') return undefined;
  const insights = fields.get('insights');
  const startTime = fields.get('starttime');
  const numLoops = fields.get('numloops');
  return {
    startTime: typeof startTime === 'string' ? startTime : '',
    numLoops: typeof numLoops === 'number' ? Math.max(1, numLoops) : 1,
    numCompletedTasks,
    failure,
    tasks: [],
    ...(insights === undefined || insights === null ? {} : { insights: readInsights(fieldsOf(insights)) }),
  };
}

function readInsights(fields: Fields): Insights {
  const numVersions = numberOr(fields.get('numversions'), 1);
  const empty = emptyInsights(numVersions);
  const { slos, satisfied } = readSlos(fields.get('slos'), fields.get('slossatisfied'));
  const infos = new Map(entriesOf(fields.get('metricsinfo')).map(([name, raw]) => [name, fieldsOf(raw)]));
  const metrics = empty.metricValues.map((_, version) =>
    readIter8Metrics({
      observed: listOf(fields.get('nonhistmetricvalues') ?? fields.get('metricvalues'))[version],
      histograms: listOf(fields.get('histmetricvalues'))[version],
      summaries: listOf(fields.get('summarymetricvalues'))[version],
      infoOf: (name) => infos.get(name) ?? new Map(),
      wanted: slos.map(({ metric }) => metric),
    }),
  );
  const metricValues = metrics.map(({ values }) => values);
  const histograms = metrics.map((version) => version.histograms);
  const valueOf = (slo: LimitSlo, version: number): number | undefined =>
    metricValues[version]?.[canonicalMetricName(slo.metric)];
  return {
    ...empty,
    versionNames: empty.versionNames.map((_, version) => versionName(listOf(fields.get('versionnames'))[version])),
    metricsInfo: readMetricsInfo(fields.get('metricsinfo')),
    metricValues,
    ...(histograms.some((ofVersion) => Object.keys(ofVersion).length > 0) ? { histograms } : {}),
    slos,
    verdicts: slos.map((slo, index) =>
      empty.loads.map((_, version) => verdictOf(satisfied[index]?.[version], valueOf(slo, version))),
    ),
    rewards: readRewards(fieldsOf(fields.get('rewards')), fieldsOf(fields.get('rewardswinners'))),
  };
}

function verdictOf(isSatisfied: boolean | undefined, value: number | undefined): SloVerdict {
  if (isSatisfied === undefined) return { state: 'inconclusive', reason: 'the result holds no verdict' };
  return { state: isSatisfied ? 'satisfied' : 'violated', ...(value === undefined ? {} : { value }) };
}

function readSlos(slos: unknown, satisfied: unknown): { slos: LimitSlo[]; satisfied: (readonly boolean[])[] } {
  if (Array.isArray(slos)) {
    // 0.8: one verdict for both limits.
    const verdicts = listOf(satisfied).map(booleansOf);
    const read = slos.flatMap((raw, index) => {
      const slo = fieldsOf(raw);
      const metric = String(slo.get('metric'));
      const verdict = verdicts[index] ?? [];
      return (['upper', 'lower'] as const).flatMap((bound) => {
        const limit = slo.get(`${bound}limit`);
        return typeof limit === 'number' ? [{ slo: { metric, bound, limit }, verdict }] : [];
      });
    });
    return { slos: read.map(({ slo }) => slo), satisfied: read.map(({ verdict }) => verdict) };
  }
  const limits = fieldsOf(slos);
  const verdicts = fieldsOf(satisfied);
  const read = (['upper', 'lower'] as const).flatMap((bound) =>
    listOf(limits.get(bound)).map((raw, index) => {
      const slo = fieldsOf(raw);
      return {
        slo: { metric: String(slo.get('metric')), bound, limit: numberOr(slo.get('limit'), NaN) },
        verdict: booleansOf(listOf(verdicts.get(bound))[index]),
      };
    }),
  );
  return { slos: read.map(({ slo }) => slo), satisfied: read.map(({ verdict }) => verdict) };
}

function readRewards(rewards: Fields, winners: Fields): RewardOutcome[] {
  return (['max', 'min'] as const).flatMap((direction) =>
    listOf(rewards.get(direction)).map((metric, index): RewardOutcome => {
      // -1: no version had a value.
      const winner = numberOr(listOf(winners.get(direction))[index], -1);
      const outcome = { metric: String(metric), direction };
      return winner >= 0 ? { ...outcome, winner } : { ...outcome, winner: null, reason: 'the result names none' };
    }),
  );
}

function readMetricsInfo(value: unknown): Record<string, MetricInfo> {
  const infos: Record<string, MetricInfo> = {};
  for (const [name, raw] of entriesOf(value)) {
    const info = fieldsOf(raw);
    const text = (field: string): string | undefined => {
      const found = info.get(field);
      return typeof found === 'string' && found !== '' ? found : undefined;
    };
    const [type, description, units] = [text('type'), text('description'), text('units')];
    infos[canonicalMetricName(name)] = {
      ...(type === undefined ? {} : { type }),
      ...(description === undefined ? {} : { description }),
      ...(units === undefined ? {} : { units }),
    };
  }
  return infos;
}

function versionName(value: unknown): string | null {
  const fields = fieldsOf(value);
  const version = fields.get('version');
  const track = fields.get('track');
  const names = [track, version].filter((name): name is string => typeof name === 'string' && name !== '');
  return names.length === 2 ? `${names[0] ?? ''} (${names[1] ?? ''})` : (names[0] ?? null);
}

function fieldsOf(value: unknown): Fields {
  return new Map(entriesOf(value).map(([key, field]) => [key.toLowerCase(), field]));
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function booleansOf(value: unknown): boolean[] {
  return listOf(value).map((item) => item === true);
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}
