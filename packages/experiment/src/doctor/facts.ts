import type { Reading } from '@redmeter/metric-reader';
import type { Target } from './look/connect.js';
import type { KeySearch } from './look/find-keys.js';
import type { KeyReading } from './look/read-keys.js';
import type { ServerFacts } from './look/server-facts.js';

/** All that was seen of a Redis; what is wrong with it is judged from this alone. */
export interface Facts {
  readonly prefix: string;
  readonly target: Pick<Target, 'shown' | 'user' | 'isCluster' | 'unreachable' | 'unservedSlots'>;
  readonly servers: readonly ServerFacts[];
  /** What the user may not do on any of them. */
  readonly refused: { readonly commands: ReadonlySet<string>; readonly keys: ReadonlySet<string> };
  readonly search: Pick<KeySearch, 'visited' | 'isWhole'> & { readonly found: number };
  readonly keys: KeyReading;
  /** The metrics as exporters read them, without a limit of series. */
  readonly metrics: Reading;
  /** Names of metrics that an exporter's answer with the default limit has no room for. */
  readonly truncated: readonly string[];
  /** Names that keys give several types. */
  readonly namesOfSeveralTypes: readonly string[];
  /** The data set's records, by the tag of the shard; `''` without one. Undefined is one that is no record of this format. */
  readonly datasets: ReadonlyMap<string, { readonly shards: number } | undefined>;
  /** Redis's clock, in milliseconds since the epoch. */
  readonly nowMs: number;
}
