import { encodeName } from './names.js';
import type { KeySpace } from './series-key.js';

/** The keys in which writers and readers keep their own state; none matches `<prefix>:*`. */
export interface InternalKeys {
  /** `{"format":1,"id":"…","shards":N}`, without a TTL: names the data set. */
  readonly dataset: string;
  /** The last revision given out; `changed` is scored by it. */
  readonly revision: string;
  /** Sorted set: series keys by the revision of their last change. */
  readonly changed: string;
  /** Sorted set: series keys by the time they expire, in milliseconds since the epoch. */
  readonly live: string;
  /** Set: series keys that writers in other languages announce. */
  readonly announced: string;
  /** The ledger of one writer: the number of its last batch applied. */
  writer(incarnation: string): string;
  /** The mark of one writer: a second copy of its ledger, with what Redis held of it then. */
  mark(incarnation: string): string;
  /** What one stream of totals had counted when it was last taken in. @param stream letters, digits, `-` and `_` */
  total(stream: string): string;
  /** There while a source of totals sends. @param source letters, digits, `-` and `_` */
  source(source: string): string;
  /** Set: ids of the delta points of OpenTelemetry of some minutes. @param window digits */
  seen(window: string): string;
  /** The family record of one metric name, which is encoded as in the keys of series. */
  family(name: string): string;
}

/** The internal keys beside the series of `space`: `metrics-meta:dataset`, with a tag `metrics-meta:{tag}:dataset`. */
export function internalKeys({ prefix, tag }: KeySpace): InternalKeys {
  const base = tag === undefined ? `${prefix}-meta:` : `${prefix}-meta:{${tag}}:`;
  return {
    dataset: `${base}dataset`,
    revision: `${base}revision`,
    changed: `${base}changed`,
    live: `${base}live`,
    announced: `${base}keys`,
    writer: (incarnation) => `${base}writer:${incarnation}`,
    mark: (incarnation) => `${base}mark:${incarnation}`,
    total: (stream) => `${base}total:${stream}`,
    source: (source) => `${base}source:${source}`,
    seen: (window) => `${base}seen:${window}`,
    family: (name) => `${base}family:${encodeName(name)}`,
  };
}
