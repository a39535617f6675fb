import { isJsonObject, parseJson } from '@redmeter/metric-format';
import type { StoredValue } from '@redmeter/metric-reader';

/** How another program lays out metrics under the prefix. */
export type ForeignLayout =
  'hash_value' | 'promphp' | 'hash' | 'list' | 'zset' | 'set' | 'stream' | 'statsd' | 'prom_client' | 'exposition';

const STATSD = /^(?:[\w.:-]+:)?[+-]?\d+(?:\.\d+)?\|(?:c|g|ms|h|d|s)(?:\|.*)?$/s;
const EXPOSITION = /^\s*# (?:HELP|TYPE) [a-zA-Z_:]/;
const BY_TYPE: Readonly<Record<string, ForeignLayout>> = {
  list: 'list',
  zset: 'zset',
  set: 'set',
  stream: 'stream',
};

/**
 * The layout of a key that is no metric; undefined where nothing is recognized.
 * @param fields which of `value` and `__meta` a hash has
 */
export function layoutOf(
  redisType: string | undefined,
  stored: StoredValue,
  fields: ReadonlySet<string>,
): ForeignLayout | undefined {
  if (redisType === 'hash') return fields.has('__meta') ? 'promphp' : fields.has('value') ? 'hash_value' : 'hash';
  if (stored.kind === 'value') return textLayout(Buffer.from(stored.bytes).toString());
  return BY_TYPE[redisType ?? ''];
}

function textLayout(text: string): ForeignLayout | undefined {
  if (STATSD.test(text.trim())) return 'statsd';
  if (EXPOSITION.test(text)) return 'exposition';
  const json = parseJson(text);
  const first: unknown = json.ok && Array.isArray(json.value) ? json.value[0] : json.ok ? json.value : undefined;
  // As getMetricsAsJSON() of prom-client has it.
  const isDump = isJsonObject(first) && typeof first['help'] === 'string' && Array.isArray(first['values']);
  return isDump ? 'prom_client' : undefined;
}
