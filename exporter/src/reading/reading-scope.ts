/** The part of a Redis that a reader reads. By default all keys under the prefix, with the indexes without a hash tag. */
export interface ReadingScope {
  /** The hash tag of the shard whose indexes are read. */
  readonly tag?: string;
  /** Whether records of metrics that have no hash tag lie on the same server. Default true. */
  readonly hasUntaggedRecords?: boolean;
  /** Whether a key is read here and not elsewhere. */
  readonly owns?: (key: string) => boolean;
  /** All keys under the prefix, if they are listed once for several readers. */
  readonly listKeys?: () => AsyncIterable<readonly string[]>;
}
