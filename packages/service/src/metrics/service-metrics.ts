import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const PREFIX = 'redmeter_service_';
const DURATION_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
// Sums of the gauges beside them, which have a series for each type. Only counters may end with _total.
const MISNAMED_GAUGES = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** How an operation ended. */
export type Outcome = 'ok' | 'refused' | 'failed';

/** What the metrics are read from at each scrape. */
export type ServiceState = { readonly weightsAgeMs: number; readonly numPendingWrites: number };

/** The service's own metrics. */
export class ServiceMetrics {
  readonly #registry = new Registry();
  readonly #requests: Counter<'operation' | 'outcome'>;
  readonly #durations: Histogram<'operation'>;
  readonly droppedUsers: Counter;
  readonly failedReads: Counter;
  readonly refusedRequests: Counter<'reason'>;
  readonly closedConnections: Counter<'reason'>;

  constructor(state: () => ServiceState) {
    const registers = [this.#registry];
    this.#requests = new Counter({
      name: `${PREFIX}requests_total`,
      help: 'Requests by operation and outcome: ok, refused (bad input or an unknown name), failed.',
      labelNames: ['operation', 'outcome'],
      registers,
    });
    this.#durations = new Histogram({
      name: `${PREFIX}request_duration_seconds`,
      help: 'Time from a complete request to its response.',
      labelNames: ['operation'],
      buckets: DURATION_BUCKETS,
      registers,
    });
    this.droppedUsers = new Counter({
      name: `${PREFIX}dropped_users_total`,
      help: 'Lookups whose user was not stored, because too many were pending.',
      registers,
    });
    this.failedReads = new Counter({
      name: `${PREFIX}failed_weight_reads_total`,
      help: 'Failed reads of versions and weights from the store.',
      registers,
    });
    this.refusedRequests = new Counter({
      name: `${PREFIX}refused_requests_total`,
      help: 'Requests refused before they were read, by reason: token, host, pipelined (too many at one time).',
      labelNames: ['reason'],
      registers,
    });
    this.closedConnections = new Counter({
      name: `${PREFIX}closed_connections_total`,
      help: 'HTTP connections closed at a limit: idle and slow ones made room for others, refused ones found no room, cut ones did not read their response.',
      labelNames: ['reason'],
      registers,
    });
    const weightsAge: Gauge = new Gauge({
      name: `${PREFIX}weights_age_seconds`,
      help: 'Time since versions and weights were last read from the store.',
      registers,
      collect: () => weightsAge.set(state().weightsAgeMs / 1000),
    });
    const pendingWrites: Gauge = new Gauge({
      name: `${PREFIX}pending_writes`,
      help: 'Values accepted but not stored yet.',
      registers,
      collect: () => pendingWrites.set(state().numPendingWrites),
    });
    for (const reason of ['token', 'host', 'pipelined']) this.refusedRequests.inc({ reason }, 0);
    for (const reason of ['idle', 'slow', 'refused', 'cut']) this.closedConnections.inc({ reason }, 0);
    collectDefaultMetrics({ register: this.#registry, prefix: PREFIX });
    for (const name of MISNAMED_GAUGES) this.#registry.removeSingleMetric(PREFIX + name);
  }

  /** What counts one operation, looked up once: `seconds` is how long it took. */
  operation(operation: string): (outcome: Outcome, seconds: number) => void {
    const byOutcome = {
      ok: this.#requests.labels({ operation, outcome: 'ok' }),
      refused: this.#requests.labels({ operation, outcome: 'refused' }),
      failed: this.#requests.labels({ operation, outcome: 'failed' }),
    };
    for (const counter of Object.values(byOutcome)) counter.inc(0);
    const duration = this.#durations.labels({ operation });
    return (outcome, seconds) => {
      byOutcome[outcome].inc();
      duration.observe(seconds);
    };
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All of them in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
