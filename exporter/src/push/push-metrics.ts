import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const PREFIX = 'redmeter_push_';
/** How an attempt to send a request ended. */
const OUTCOMES = ['written', 'partial', 'refused', 'failed'] as const;

/** The push's own metrics. Native histograms and the marks of series that are gone count as samples. */
export class PushMetrics {
  readonly requests: Counter<'outcome'>;
  readonly samples: Counter;
  readonly rejectedSamples: Counter;
  readonly droppedSamples: Counter;
  readonly exemplars: Counter;
  readonly rejectedExemplars: Counter;
  readonly pendingSamples: Gauge;
  readonly lastSuccess: Gauge;
  readonly duration: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    this.requests = new Counter({
      name: `${PREFIX}requests_total`,
      help: 'Requests to the remote-write endpoint by outcome: written, partial (some samples rejected), refused (not sent again), failed (sent again).',
      labelNames: ['outcome'],
      registers,
    });
    this.samples = new Counter({
      name: `${PREFIX}samples_total`,
      help: 'Samples that the endpoint has written.',
      registers,
    });
    this.rejectedSamples = new Counter({
      name: `${PREFIX}rejected_samples_total`,
      help: 'Samples that the endpoint did not write and will not.',
      registers,
    });
    this.droppedSamples = new Counter({
      name: `${PREFIX}dropped_samples_total`,
      help: 'Samples that gave place to newer ones of the same series, since the endpoint took none in time.',
      registers,
    });
    this.exemplars = new Counter({
      name: `${PREFIX}exemplars_total`,
      help: 'Exemplars that the endpoint has written.',
      registers,
    });
    this.rejectedExemplars = new Counter({
      name: `${PREFIX}rejected_exemplars_total`,
      help: 'Exemplars that the endpoint did not write and will not.',
      registers,
    });
    this.pendingSamples = new Gauge({
      name: `${PREFIX}pending_samples`,
      help: 'Samples read and not yet written.',
      registers,
    });
    this.lastSuccess = new Gauge({
      name: `${PREFIX}last_success_timestamp_seconds`,
      help: 'When the endpoint last took all of a push; 0 for never.',
      registers,
    });
    this.duration = new Histogram({
      name: `${PREFIX}request_duration_seconds`,
      help: 'Time from a request to its answer, of all requests.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    for (const outcome of OUTCOMES) this.requests.inc({ outcome }, 0);
  }
}
