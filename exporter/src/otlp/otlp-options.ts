import type { ListenAddress } from '@redmeter/http-server';

/** Options of the OTLP receiver. */
export interface OtlpOptions {
  /** Undefined where nothing is received; the other options are checked all the same. */
  readonly listen: ListenAddress | undefined;
  /** URL of the Redis that it writes to; undefined for the one that the exporter reads. */
  readonly redis: string | undefined;
  /** The login of a user who may write; undefined for the exporter's own. A password needs a user, or a Redis of its own. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly passwordFile: string | undefined;
  /** The number of shards of the data set; undefined for one without shards. */
  readonly shards: number | undefined;
  /** The attributes of resources that become labels. */
  readonly resourceLabels: readonly string[];
  /** Most bytes of a body, as sent and decompressed. */
  readonly maxBodyBytes: number;
  /** Milliseconds that a series lives after its last point. */
  readonly ttlMs: number;
}
