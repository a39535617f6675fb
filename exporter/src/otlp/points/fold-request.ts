import {
  buildSeriesKey,
  isMetricName,
  isReservedMetricName,
  MAX_COUNT,
  unitName,
  type Label,
} from '@redmeter/metric-format';
import type { Attribute } from '../decode/attributes.js';
import type { OtlpMetric } from '../decode/metrics-request.js';
import type { Effect, SeriesChange, StreamTotal } from './changes.js';
import { deltaPoint } from './delta-point.js';
import { addPoints, exponentialEffects, fits } from './exponential-effects.js';
import { declaredMsOf, type Family } from './family.js';
import { gaugeEffects, sumEffects } from './number-effects.js';
import { histogramEffects } from './histogram-effects.js';
import type { PointOutcome } from './point-outcome.js';
import { Rejections } from './rejections.js';
import { labelsOf, resourceLabels } from './series-labels.js';
import { countedFrom, sourceId, streamId } from './stream-id.js';

/** What a request does. */
export interface Folded {
  /** In the order in which the series appear: the same for the same request. */
  readonly changes: readonly SeriesChange[];
  readonly rejections: Rejections;
  /** All points with a value, rejected ones too. */
  readonly points: number;
}

/** Settings of folding. */
export interface FoldOptions {
  /** The attributes of a resource that become labels. */
  readonly resourceLabels: readonly string[];
  /** Now, in milliseconds since the epoch. */
  readonly nowMs: number;
}

/** Folds the points of a request into one change for each series; points that cannot be kept are rejected, each by itself. */
export function foldRequest(metrics: readonly OtlpMetric[], options: FoldOptions): Folded {
  const fold = new Fold(options);
  for (const metric of metrics) fold.add(metric);
  return fold.done();
}

class Fold {
  readonly #options: FoldOptions;
  readonly #changes = new Map<string, SeriesChange>();
  readonly #typeOf = new Map<string, string>();
  readonly #rejections = new Rejections();
  readonly #sources = new Map<OtlpMetric['resource'], string>();
  #points = 0;

  constructor(options: FoldOptions) {
    this.#options = options;
  }

  add(metric: OtlpMetric): void {
    const outcomes = outcomesOf(metric);
    this.#points += outcomes.reduce((sum, { points }) => sum + points, 0);
    const problem = nameProblem(metric.name);
    const ofResource = resourceLabels(metric.resource, this.#options.resourceLabels);
    for (const outcome of outcomes) {
      if (problem !== undefined) this.#rejections.add(problem.reason, problem.message, outcome.points);
      else this.#take(metric, ofResource, outcome);
    }
  }

  done(): Folded {
    for (const { effect } of this.#changes.values()) if (effect.kind === 'totals') effect.totals.sort(byStartAndTime);
    return { changes: [...this.#changes.values()], rejections: this.#rejections, points: this.#points };
  }

  #take(metric: OtlpMetric, ofResource: readonly Attribute[], outcome: PointOutcome): void {
    if (outcome.kind === 'none') return;
    const named = (message: string): string => `${metric.name}: ${message}`;
    if (outcome.kind === 'rejected') {
      this.#rejections.add(outcome.reason, named(outcome.message), outcome.points);
      return;
    }
    const labels = labelsOf(ofResource, outcome.attributes);
    if (labels.kind === 'rejected') {
      this.#rejections.add(labels.reason, named(labels.message));
      return;
    }
    const family = this.#familyOf(metric, outcome.family, outcome.startNanos);
    const kind = `${family.type} ${family.mode ?? ''}`;
    const known = this.#typeOf.get(metric.name) ?? kind;
    this.#typeOf.set(metric.name, known);
    if (known !== kind) {
      const message = named(`expected one type in a request, got ${known.trim()} and ${kind.trim()}`);
      this.#rejections.add('type_conflict', message);
      return;
    }
    this.#change(metric, family, labels.labels, outcome);
  }

  #familyOf({ name, description, unit }: OtlpMetric, kind: Omit<Family, FamilyText>, startNanos: bigint): Family {
    const declaredMs = declaredMsOf(startNanos, this.#options.nowMs);
    return { ...kind, name, help: description, unit: unitName(unit) ?? '', declaredMs };
  }

  /** Found once for the metrics of a resource. */
  #sourceOf(metric: OtlpMetric): string {
    const known = this.#sources.get(metric.resource) ?? sourceId(metric);
    this.#sources.set(metric.resource, known);
    return known;
  }

  #change(metric: OtlpMetric, family: Family, labels: readonly Label[], outcome: Kept): void {
    const { exemplars, temporality, startNanos, timeNanos } = outcome;
    const series = buildSeriesKey({ prefix: '' }, family.type, family.name, labels);
    const effect: Effect =
      temporality === 'cumulative'
        ? {
            kind: 'totals',
            totals: [
              {
                stream: streamId(metric, series, outcome),
                source: this.#sourceOf(metric),
                startNanos: countedFrom(metric, startNanos),
                timeNanos,
                total: outcome.effect,
              },
            ],
          }
        : outcome.effect;
    const key = `${series} ${String(family.bounds)} ${effect.kind}`;
    const change = this.#changes.get(key);
    const problem = change === undefined ? undefined : combine(change.effect, effect);
    if (problem !== undefined) {
      this.#rejections.add('invalid_value', `${family.name}: ${problem}`);
      return;
    }
    const deltas = temporality === 'delta' ? [deltaPoint(metric, series, outcome)] : [];
    if (change === undefined) {
      this.#changes.set(key, { family, labels, points: 1, effect, exemplars: [...exemplars], deltas });
      return;
    }
    change.points += 1;
    change.exemplars.push(...exemplars);
    change.deltas.push(...deltas);
  }
}

type Kept = PointOutcome & { readonly kind: 'effect' };
type FamilyText = 'name' | 'help' | 'unit' | 'declaredMs';

function outcomesOf({ data }: OtlpMetric): readonly PointOutcome[] {
  switch (data.kind) {
    case 'gauge':
      return gaugeEffects(data.points);
    case 'sum':
      return sumEffects(data);
    case 'histogram':
      return histogramEffects(data);
    case 'exponential':
      return exponentialEffects(data);
    case 'unsupported': {
      const message = `expected a gauge, a sum or a histogram, got ${data.what}`;
      return [{ kind: 'rejected', reason: 'unsupported', message, points: data.pointCount }];
    }
  }
}

function nameProblem(
  name: string,
): { readonly reason: 'invalid_name' | 'reserved_name'; readonly message: string } | undefined {
  const shown = JSON.stringify(name.slice(0, 100));
  if (!isMetricName(name)) return { reason: 'invalid_name', message: `expected the name of a metric, got ${shown}` };
  if (!isReservedMetricName(name)) return undefined;
  return { reason: 'reserved_name', message: `expected a name that is not reserved, got ${shown}` };
}

/**
 * Takes a later point of the same series of the same request into the change.
 * @returns why that cannot be; undefined if it is done
 */
function combine(effect: Effect, next: Effect): string | undefined {
  if (effect.kind === 'totals' && next.kind === 'totals') {
    effect.totals.push(...next.totals);
  } else if (effect.kind === 'add' && next.kind === 'add') {
    if (!Number.isFinite(effect.value + next.value)) return 'expected a sum in the range of doubles';
    effect.value += next.value;
  } else if (effect.kind === 'set' && next.kind === 'set') {
    if (next.timeNanos < effect.timeNanos) return undefined;
    effect.value = next.value;
    effect.timeNanos = next.timeNanos;
  } else if (effect.kind === 'observe' && next.kind === 'observe') {
    if (total(effect.counts) + total(next.counts) > MAX_COUNT) return 'expected at most 2^53 observations in a request';
    for (const [i, count] of next.counts.entries()) effect.counts[i] = (effect.counts[i] ?? 0) + count;
    effect.sum += next.sum;
  } else if (effect.kind === 'native' && next.kind === 'native') {
    if (!fits(effect.buckets, next.buckets)) return 'expected at most 2^53 observations in a request';
    effect.buckets = addPoints(effect.buckets, next.buckets);
    effect.sum += next.sum;
  }
  return undefined;
}

/** The later start of a stream, and its later total, counts after the others. */
function byStartAndTime(a: StreamTotal, b: StreamTotal): number {
  return compare(a.startNanos, b.startNanos) || compare(a.timeNanos, b.timeNanos);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
