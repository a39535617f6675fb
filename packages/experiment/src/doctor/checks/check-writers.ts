import type { SeriesValue } from '@redmeter/metric-reader';
import type { Facts } from '../facts.js';
import { counted, duration, type Finding } from '../finding.js';

const MIN_SILENCE_MS = 30_000;
const MISSED_FLUSHES = 5;

/** What the library reports about its writers. */
export function checkWriters(facts: Facts): Finding[] {
  return [...stopped(facts), ...failing(facts), ...dropped(facts), ...limits(facts)];
}

interface OwnSeries {
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  /** From its beginning to its last write. */
  readonly lifeMs: number;
}

function seriesOf({ metrics }: Facts, name: string): OwnSeries[] {
  const family = metrics.metrics.find((one) => one.name === name);
  return (family?.series ?? []).map(({ labels, value }) => ({
    labels: new Map(labels.labels),
    value: value.type === 'histogram' ? value.count : value.value,
    lifeMs: lifeOf(value),
  }));
}

function lifeOf(value: SeriesValue): number {
  if (value.type === 'gauge' || value.createdMs === undefined || value.timestampMs === undefined) return 0;
  return value.timestampMs - value.createdMs;
}

function stopped(facts: Facts): Finding[] {
  const intervals = new Map(
    seriesOf(facts, 'redmeter_writer_flushes_total').map(({ labels, value, lifeMs }) => [
      labels.get('writer'),
      value > 0 ? lifeMs / value : 0,
    ]),
  );
  const silent = seriesOf(facts, 'redmeter_writer_last_flush_timestamp_seconds').flatMap(({ labels, value }) => {
    const writer = labels.get('writer');
    const ageMs = facts.nowMs - value * 1000;
    const most = Math.max(MIN_SILENCE_MS, MISSED_FLUSHES * (intervals.get(writer) ?? 0));
    return writer !== undefined && ageMs > most ? [{ writer, ageMs }] : [];
  });
  if (silent.length === 0) return [];
  return [
    {
      code: 'writer_stopped',
      severity: 'warning',
      what: `${counted(silent.length, 'writer has', 'writers have')} stopped writing`,
      why: 'Their gauges stand still and their counters do not rise, until the series expire.',
      todo: 'Expected after a deployment or a scale-down. Otherwise look at the process and its log.',
      examples: silent.map(({ writer, ageMs }) => `${writer}: ${duration(ageMs)} ago`),
    },
  ];
}

function failing(facts: Facts): Finding[] {
  const failed = seriesOf(facts, 'redmeter_writer_flush_failures_total').filter(({ value }) => value > 0);
  if (failed.length === 0) return [];
  return [
    {
      code: 'flush_failures',
      severity: 'warning',
      what: `${counted(failed.length, 'writer')} had flushes that failed`,
      why: 'What was recorded reached Redis late. Nothing is lost while the process lives.',
      todo: 'The log of the process has the reason: see "Errors of Redis" in docs/troubleshooting.md.',
      examples: failed.map(({ labels, value }) => `${labels.get('writer') ?? ''}: ${counted(value, 'failure')}`),
    },
  ];
}

function dropped(facts: Facts): Finding[] {
  const byReason = sums(seriesOf(facts, 'redmeter_writer_dropped_total'), 'reason');
  // There is a finding of its own for it, which names the metric.
  byReason.delete('series_limit');
  if (byReason.size === 0) return [];
  return [
    {
      code: 'recordings_dropped',
      severity: 'error',
      what: 'Writers dropped recordings',
      why: 'They are missing in the metrics.',
      todo: 'See "Why recordings are dropped" in docs/operations.md for each reason.',
      examples: [...byReason].map(([reason, count]) => `${reason}: ${counted(count, 'recording')}`),
    },
  ];
}

function limits(facts: Facts): Finding[] {
  const byMetric = sums(seriesOf(facts, 'redmeter_writer_series_limit_dropped_total'), 'metric');
  if (byMetric.size === 0) return [];
  return [
    {
      code: 'series_limit',
      severity: 'error',
      what: `${counted(byMetric.size, 'metric has', 'metrics have')} reached the limit of series`,
      why: 'Recordings with further label values are dropped.',
      todo: 'Find the label with unbounded values, such as an id or a path, and leave it out; or raise the limit.',
      examples: [...byMetric].map(([metric, count]) => `${metric}: ${counted(count, 'recording')} dropped`),
    },
  ];
}

/** Values above 0, added up by one of the labels. */
function sums(series: readonly OwnSeries[], label: string): Map<string, number> {
  const byLabel = new Map<string, number>();
  for (const { labels, value } of series) {
    const name = labels.get(label) ?? '';
    if (value > 0) byLabel.set(name, (byLabel.get(name) ?? 0) + value);
  }
  return byLabel;
}
