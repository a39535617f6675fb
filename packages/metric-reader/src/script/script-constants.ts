import {
  DERIVED_SUFFIXES,
  HASH_FIELDS,
  isKeyPrefix,
  KEY_PREFIX_RULE,
  MAX_ANSWER_SERIES,
  MAX_BOUNDS,
  MAX_COUNT,
  MAX_JSON_DEPTH,
  MAX_LABELS,
  MAX_LABEL_VALUE_BYTES,
  MAX_RECORD_BYTES,
  METRIC_TYPES,
  DERIVED_BUCKETS_HELP,
  MISSING_HELP,
  OWN_NAME_PREFIXES,
  OWN_NAME_START,
  PERCENTILES,
  READER_FAMILIES,
  RESERVED_LABEL_NAMES,
  RESERVED_METRIC_NAMES,
  SCAN_LIMIT_KEYS,
  SKIP_REASONS,
  WINDOW_ROTATION_MS,
  HASH_SLOTS,
  MAX_SHARDS,
} from '@redmeter/metric-format';
import { MetricReaderError } from '../metric-reader-error.js';
import { luaLiteral, type LuaValue } from './lua-literal.js';

const START = '-- <generated>\n';
const END = '-- </generated>\n';

/**
 * The script `redis-exporter.lua` with the constants of the format, for the keys under `prefix`.
 * @param script an earlier version of it
 * @throws MetricReaderError `invalid_setting` for what is no prefix, or no such script
 */
export function generateScript(script: string, prefix: string): string {
  if (!isKeyPrefix(prefix)) {
    throw new MetricReaderError('invalid_setting', `--prefix: expected ${KEY_PREFIX_RULE}, got "${prefix}"`);
  }
  const start = script.indexOf(START);
  const end = script.indexOf(END);
  if (start < 0 || end < start) {
    throw new MetricReaderError(
      'invalid_setting',
      `the script: expected the lines "${START.trim()}" and "${END.trim()}"`,
    );
  }
  return script.slice(0, start + START.length) + renderConstants(prefix) + script.slice(end);
}

function renderConstants(prefix: string): string {
  const constants: Record<string, LuaValue> = {
    PREFIX: prefix,
    METRIC_TYPES,
    HASH_FIELDS,
    MAX_LABELS,
    MAX_LABEL_VALUE_BYTES,
    MAX_RECORD_BYTES,
    MAX_JSON_DEPTH,
    MAX_BOUNDS,
    MAX_COUNT,
    SCAN_LIMIT_KEYS,
    MAX_ANSWER_SERIES,
    WINDOW_ROTATION_MS,
    HASH_SLOTS,
    MAX_SHARDS,
    RESERVED_METRIC_NAMES,
    OWN_NAME_PREFIXES,
    RESERVED_LABEL_NAMES,
    DERIVED_SUFFIXES,
    PERCENTILES: PERCENTILES.map(({ suffix, quantile, help }) => ({ suffix, quantile, help })),
    SKIP_REASONS,
    MISSING_HELP,
    DERIVED_BUCKETS_HELP,
    OWN_NAME_START,
    READER_FAMILIES,
  };
  return Object.entries(constants)
    .map(([name, value]) => {
      const head = `local ${name} = `;
      return `${head}${luaLiteral(value, head.length)}\n`;
    })
    .join('');
}
