import type { Labels } from '../recording/series/instruments.js';
import type { Logger } from '../accounting/logger.js';
import type { RedisLocation } from '../redis/redis-location.js';

/** How a RedisMetricsService is set up. */
export interface RedisMetricsOptions {
  /**
   * Where the metrics go: `redis://[user:password@]host[:port][/database]`, `rediss://…` for TLS, `unix://path`; `{ url, tls }`;
   * `{ cluster: [url, …], tls }`; `{ sentinels: [url, …], name, username, password, db, tls }`; or an ioredis client, which is
   * used as it is and not closed.
   */
  readonly redis: RedisLocation;
  /** What stands before the first colon of each key: letters, digits, `_`, `.` and `-`, not ending in `-meta`. Default `metrics`. */
  readonly prefix?: string;
  /**
   * In how many parts the data lie, each in one slot of a Redis Cluster: 1 to 1,024; needed with a cluster, where its number of
   * masters is a good choice. All writers must have the same. Default: one part, whose keys have no tag.
   */
  readonly shards?: number;
  /** Milliseconds from one flush to the next, start to start, 10 to 3,600,000. Default 5,000. */
  readonly flushIntervalMs?: number;
  /** Seconds a series lives in Redis after its last writer is gone, 1 to 31,536,000. Default 1,800. */
  readonly ttlSeconds?: number;
  /**
   * Seconds without a recording after which a series that no handle holds is no longer kept alive, at least `ttlSeconds`.
   * Default 86,400.
   */
  readonly idleTtlSeconds?: number;
  /** Bounds of histograms that name none: ascending, finite, 1 to 200. Default 1 ms to 10 s in 13 steps. */
  readonly defaultBuckets?: readonly number[];
  /** Labels that each series of the application gets, unless it has one of that name. Default none. */
  readonly defaultLabels?: Labels;
  /** Most series this process keeps; more are dropped and counted as `series_limit`. Default 50,000. */
  readonly maxSeries?: number;
  /** Most series of one metric in this process, unless it is declared with a `maxSeries` of its own. Default `maxSeries`. */
  readonly maxSeriesPerFamily?: number;
  /**
   * What people see this process as, in the label `writer` of the library's own metrics, and `process` of gauges of that mode,
   * for which it must be unique. Default `<host name>-<process id>`, in a worker thread `<host name>-<process id>-<thread id>`;
   * the second service that there is in a thread adds `.2` to it, and so on.
   */
  readonly writerId?: string;
  /** Whether the library writes metrics about itself (`redmeter_writer_*`). Default true; false suits a process that writes once and ends. */
  readonly ownMetrics?: boolean;
  /** Default: warnings and errors to the console. */
  readonly logger?: Logger;
}
