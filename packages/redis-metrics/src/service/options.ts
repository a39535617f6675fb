import type { ExemplarLabels } from '../recording/series/exemplars.js';
import type { Labels } from '../recording/series/instruments.js';
import type { Logger } from '../accounting/logger.js';
import type { RedisLocation } from '../redis/redis-location.js';

/** Options of a RedisMetricsService. */
export interface RedisMetricsOptions {
  /**
   * Where the metrics go: `redis://[user:password@]host[:port][/database]`, `rediss://…` for TLS, `unix://path`; `{ url, tls }`;
   * `{ host, port, path, username, password, db, tls }`; `{ url: 'https://…', token }` for the REST protocol of Upstash;
   * `{ cluster: [url, …], tls }`; `{ sentinels: [url, …], name, username, password, db, tls }`; or a client of ioredis, node-redis or
   * `@upstash/redis`, which the service does not close. A URL may also be an object of the class `URL`.
   */
  readonly redis: RedisLocation;
  /** The part of each key before the first colon: letters, digits, `_`, `.` and `-`, not ending in `-meta`. Default `metrics`. */
  readonly prefix?: string;
  /**
   * Number of shards, each in one slot of a Redis Cluster: 1 to 1,024. Required with a cluster, where its number of masters is a good
   * choice. It must be the same in all writers. Default: one shard, whose keys have no hash tag.
   */
  readonly shards?: number;
  /** Milliseconds from one flush to the next, start to start, 10 to 3,600,000. Default 5,000. */
  readonly flushIntervalMs?: number;
  /** Seconds until a series expires after its last writer is gone, 1 to 31,536,000. Default 1,800. */
  readonly ttlSeconds?: number;
  /**
   * Seconds without a recording until the TTL of a series is no longer renewed, unless the application holds its handle; at least
   * `ttlSeconds`. Default 86,400.
   */
  readonly idleTtlSeconds?: number;
  /** Bounds of histograms declared without any: 1 to 200 finite numbers in ascending order. Default 1 ms to 10 s in 13 steps. */
  readonly defaultBuckets?: readonly number[];
  /** Labels added to each series of the application, unless it has a label of that name. Default none. */
  readonly defaultLabels?: Labels;
  /** Maximum number of series in this process; recordings beyond it are dropped as `series_limit`. Default 50,000. */
  readonly maxSeries?: number;
  /** Maximum number of series of one metric in this process, unless it is declared with its own `maxSeries`. Default `maxSeries`. */
  readonly maxSeriesPerFamily?: number;
  /**
   * The name of this process: the label `writer` of the library's own metrics, and the label `process` of gauges of that mode, for which it
   * must be unique. Default `<host name>-<process id>`, in a worker thread `<host name>-<process id>-<thread id>`; the second service in a
   * thread appends `.2`, and so on.
   */
  readonly writerId?: string;
  /** Whether the library writes its own metrics (`redmeter_writer_*`). Default true; use false in a process that writes once and ends. */
  readonly ownMetrics?: boolean;
  /**
   * Gives the labels of an exemplar for each recording in a counter or histogram that is not given one, such as the ids of the active
   * span: `{ trace_id, span_id }`; undefined for none. If it throws, or the labels are invalid, only the exemplar is left out. Default none.
   */
  readonly exemplarSource?: () => ExemplarLabels | undefined;
  /** Default: warnings and errors to the console. */
  readonly logger?: Logger;
}
