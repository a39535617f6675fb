import { labelSet, type HistogramView, type SampleFamily } from '@redmeter/metric-reader';
import { setImmediate } from 'node:timers/promises';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { OwnFamily, OwnSeries } from '../exposition/own-family.js';
import type { RedisTraffic } from '../redis/redis-traffic.js';

const PREFIX = 'redmeter_exporter_';
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SIZE_BUCKETS = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8];

// Sums of the gauges beside them, which have a series for each type. Only counters may end with _total.
const MISNAMED_GAUGES = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

const UP = {
  name: 'redmeter_up',
  type: 'gauge',
  help: '1 if this response has the current series of Redis, except those of nodes with redmeter_node_up 0; 0 if Redis could not be read in time.',
  unit: undefined,
} as const;

/** The exporter's own metrics. All names begin with `redmeter_`, which no application may record. */
export class OwnMetrics {
  /** Where parts of the exporter register theirs. */
  readonly registry = new Registry();
  readonly #registers = [this.registry];
  readonly #process = new Registry();
  readonly nodeUp = new Gauge({
    name: 'redmeter_node_up',
    help: '1 if the series of this node are in this response, 0 if they are missing.',
    labelNames: ['node', 'redis'],
    registers: this.#registers,
  });
  readonly unservedSlots = new Gauge({
    name: 'redmeter_unserved_slots',
    help: 'Slots of a cluster that no node serves: series in them are missing.',
    labelNames: ['redis'],
    registers: this.#registers,
  });
  readonly scrapeDuration = new Histogram({
    name: `${PREFIX}scrape_duration_seconds`,
    help: 'Time from a request for metrics to its complete response.',
    buckets: DURATION_BUCKETS,
    registers: this.#registers,
  });
  readonly scrapeSize = new Histogram({
    name: `${PREFIX}scrape_size_bytes`,
    help: 'Bytes of responses as sent.',
    buckets: SIZE_BUCKETS,
    registers: this.#registers,
  });
  readonly cutAnswers = new Counter({
    name: `${PREFIX}cut_answers_total`,
    help: 'Responses cut off because the client did not read them in time.',
    registers: this.#registers,
  });
  readonly refusedRequests = new Counter({
    name: `${PREFIX}refused_requests_total`,
    help: 'Requests refused, by reason: host (not an allowed name), logins, busy and pipelined (too many at one time).',
    labelNames: ['reason'],
    registers: this.#registers,
  });
  readonly closedConnections = new Counter({
    name: `${PREFIX}closed_connections_total`,
    help: 'Connections closed at the limit: idle and slow ones made room for others, refused ones found no room.',
    labelNames: ['reason'],
    registers: this.#registers,
  });
  readonly readDuration = new Histogram({
    name: `${PREFIX}read_duration_seconds`,
    help: 'Duration of a read of Redis; simultaneous scrapes share one.',
    buckets: DURATION_BUCKETS,
    registers: this.#registers,
  });
  readonly reads = new Counter({
    name: `${PREFIX}reads_total`,
    help: 'Reads of Redis, by outcome.',
    labelNames: ['outcome'],
    registers: this.#registers,
  });
  readonly rebuilds = new Counter({
    name: `${PREFIX}rebuilds_total`,
    help: 'Full reads of Redis, by reason.',
    labelNames: ['reason'],
    registers: this.#registers,
  });
  readonly keysRead = new Counter({
    name: `${PREFIX}keys_read_total`,
    help: 'Values read from Redis.',
    registers: this.#registers,
  });
  readonly cacheHits = new Counter({
    name: `${PREFIX}cache_hits_total`,
    help: 'Unchanged values that were not read again.',
    registers: this.#registers,
  });
  readonly knownKeys = new Gauge({
    name: `${PREFIX}known_keys`,
    help: 'Keys held in memory.',
    registers: this.#registers,
  });
  readonly pageViewers = new Gauge({
    name: `${PREFIX}page_viewers`,
    help: 'Browsers with the page open.',
    registers: this.#registers,
  });
  readonly heldCounters = new Gauge({
    name: `${PREFIX}held_counters`,
    help: 'Counters and histograms shown higher than Redis has them, because a failover lost some of them.',
    registers: this.#registers,
  });

  /** @param redisTraffic what was sent to Redis so far */
  constructor(redisTraffic: () => RedisTraffic) {
    const commands = new Counter({
      name: `${PREFIX}redis_commands_total`,
      help: 'Commands sent to Redis.',
      registers: this.#registers,
      collect: () => {
        commands.reset();
        commands.inc(redisTraffic().commands);
      },
    });
    const roundTrips = new Counter({
      name: `${PREFIX}redis_round_trips_total`,
      help: 'Round trips to Redis; commands sent together share one.',
      registers: this.#registers,
      collect: () => {
        roundTrips.reset();
        roundTrips.inc(redisTraffic().roundTrips);
      },
    });
    collectDefaultMetrics({ register: this.#process, prefix: PREFIX });
    for (const name of MISNAMED_GAUGES) this.#process.removeSingleMetric(PREFIX + name);
    for (const outcome of ['ok', 'failed']) this.reads.inc({ outcome }, 0);
    for (const reason of ['host', 'logins', 'busy', 'pipelined']) this.refusedRequests.inc({ reason }, 0);
    for (const reason of ['idle', 'slow', 'refused']) this.closedConnections.inc({ reason }, 0);
  }

  /** Those of the process, such as its memory: they take a millisecond, so whoever asks for them has asked Redis before. */
  async familiesOfProcess(): Promise<OwnFamily[]> {
    // What is to be sent to Redis goes out first.
    await setImmediate();
    return familiesOf(this.#process);
  }

  /**
   * All of them as they are now, in the order of their names.
   * @param ofProcess those of the process
   * @param isUp whether the answer that they go into has series; another one at the same time may have none
   */
  async families(ofProcess: readonly OwnFamily[], isUp: boolean): Promise<OwnFamily[]> {
    const up = { ...UP, series: [{ labels: labelSet([]), value: valueOf('gauge', Number(isUp)) }] };
    const own = [...(await familiesOf(this.registry)), ...ofProcess, up];
    return own.sort(byName);
  }
}

async function familiesOf(registry: Registry): Promise<OwnFamily[]> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.flatMap((metric): OwnFamily[] => {
    const { name, help } = metric;
    const type = String(metric.type);
    if (type !== 'counter' && type !== 'gauge' && type !== 'histogram') return [];
    const series =
      type === 'histogram'
        ? histogramsOf(metric.values)
        : metric.values.map(({ labels, value }) => ({ labels: labelsOf(labels), value: valueOf(type, value) }));
    return series.length === 0 ? [] : [{ name, type, help, unit: undefined, series }];
  });
}

interface PromSample {
  readonly labels: Readonly<Partial<Record<string, string | number>>>;
  readonly value: number;
  readonly metricName?: string;
}

/** prom-client has the samples of a histogram in the order of its lines: its buckets, cumulative, its sum, its count. */
function histogramsOf(samples: readonly PromSample[]): OwnSeries[] {
  const series: OwnSeries[] = [];
  let [bounds, counts, below, sum] = [[] as number[], [] as number[], 0, 0];
  for (const { labels: given, value, metricName = '' } of samples) {
    const { le, ...labels } = given;
    if (le !== undefined) {
      if (le !== '+Inf') bounds.push(Number(le));
      counts.push(value - below);
      below = value;
    } else if (metricName.endsWith('_sum')) sum = value;
    else {
      series.push({ labels: labelsOf(labels), value: histogramOf(value, sum, { bounds, counts }) });
      [bounds, counts, below, sum] = [[], [], 0, 0];
    }
  }
  return series;
}

function histogramOf(count: number, sum: number, buckets: HistogramView['buckets']): HistogramView {
  return { type: 'histogram', count, sum, buckets, percentiles: [], createdMs: undefined, timestampMs: undefined };
}

function valueOf(type: 'counter' | 'gauge', value: number): OwnSeries['value'] {
  const timestampMs = undefined;
  return type === 'gauge' ? { type, value, timestampMs } : { type, value, createdMs: undefined, timestampMs };
}

function labelsOf(labels: PromSample['labels']): OwnSeries['labels'] {
  return labelSet(Object.entries(labels).map(([name, value]) => [name, String(value)] as const));
}

/** What a reader reports of its answer, as it is shown. */
export function shownReport(families: readonly SampleFamily[]): OwnFamily[] {
  return families
    .map(({ name, type, help, samples }): OwnFamily => {
      // It reports counters and gauges.
      const kind = type === 'counter' ? 'counter' : 'gauge';
      const series = samples.map(({ labels, value }) => ({ labels, value: valueOf(kind, value) }));
      return { name, type: kind, help, unit: undefined, series };
    })
    .sort(byName);
}

function byName(a: OwnFamily, b: OwnFamily): number {
  return a.name < b.name ? -1 : 1;
}
