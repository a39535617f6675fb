import { TOTAL_NOTES } from '@redmeter/metric-format';
import { Counter, Histogram, type Registry } from 'prom-client';
import { REJECT_REASONS } from './points/rejections.js';

const PREFIX = 'redmeter_otlp_';
const OUTCOMES = ['accepted', 'partial', 'malformed', 'refused', 'unavailable', 'failed'] as const;

const NOTES = TOTAL_NOTES.filter((note) => note !== 'out_of_order' && note !== 'other_buckets');

/** How a request ended. */
export type RequestOutcome = (typeof OUTCOMES)[number];

/** The receiver's own metrics. */
export class OtlpMetrics {
  readonly requests: Counter<'outcome'>;
  readonly duplicateRequests: Counter;
  readonly points: Counter;
  readonly rejectedPoints: Counter<'reason'>;
  readonly notedPoints: Counter<'note'>;
  readonly recountedPoints: Counter;
  readonly duration: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    this.requests = new Counter({
      name: `${PREFIX}requests_total`,
      help: 'OTLP requests by outcome: accepted, partial (some points rejected), malformed (or cut off), refused (by size, type, path or login), unavailable (the sender is to try again), failed.',
      labelNames: ['outcome'],
      registers,
    });
    this.duplicateRequests = new Counter({
      name: `${PREFIX}duplicate_requests_total`,
      help: 'OTLP requests of which all had been counted before, by an earlier attempt; they are counted once.',
      registers,
    });
    this.points = new Counter({
      name: `${PREFIX}points_total`,
      help: 'Points of OTLP requests that were kept, those of duplicates too, but not those without a value.',
      registers,
    });
    this.rejectedPoints = new Counter({
      name: `${PREFIX}rejected_points_total`,
      help: 'Points of OTLP requests that were rejected, by reason.',
      labelNames: ['reason'],
      registers,
    });
    this.notedPoints = new Counter({
      name: `${PREFIX}noted_points_total`,
      help: 'Cumulative points that were kept but not simply added: repeated (counted before), baseline (the first of a stream that may have counted before; adds nothing), reset (fell with the same start; all of it was added).',
      labelNames: ['note'],
      registers,
    });
    this.recountedPoints = new Counter({
      name: `${PREFIX}recounted_points_total`,
      help: 'Delta points that were counted although a request with another body had them before: the same attributes, start and time.',
      registers,
    });
    this.duration = new Histogram({
      name: `${PREFIX}request_duration_seconds`,
      help: 'Time from the headers of an OTLP request to its response, of all requests.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    for (const outcome of OUTCOMES) this.requests.inc({ outcome }, 0);
    for (const note of NOTES) this.notedPoints.inc({ note }, 0);
    for (const reason of REJECT_REASONS) this.rejectedPoints.inc({ reason }, 0);
  }
}
