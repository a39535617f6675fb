import type { SkipReason } from '@redmeter/metric-format';
import type { Severity } from '../finding.js';
import type { ForeignLayout } from '../foreign-layout.js';

/** What a key holds that another program laid out, and how to bring it over. `metrics:` stands for the prefix. */
export const LAYOUT_ADVICE: Readonly<Record<ForeignLayout, { readonly what: string; readonly todo: string }>> = {
  hash_value: {
    what: 'a hash with value, but without timestamp',
    todo: 'Add the time in milliseconds with each write, HSET KEY value 5 timestamp 1763600012345: then it is read as it is.',
  },
  promphp: {
    what: "a metric of PromPHP's Redis adapter",
    todo: "Record with redmeter's package for PHP (clients/php) and delete these keys, or give PromPHP another prefix.",
  },
  hash: {
    what: 'a hash without value and timestamp',
    todo: 'One series is one key: HSET metrics:gauge:NAME:LABEL=FIELD value 5 timestamp 1763600012345 for each field.',
  },
  list: {
    what: 'a list',
    todo: 'Record each element with recordHistogram, or the length as a gauge: SET metrics:gauge:NAME 5 EX 1800.',
  },
  zset: {
    what: 'a sorted set',
    todo: 'Write each score as a gauge of its own: SET metrics:gauge:NAME:member=MEMBER 5 EX 1800.',
  },
  set: { what: 'a set', todo: 'Write its size as a gauge: SET metrics:gauge:NAME 5 EX 1800.' },
  stream: {
    what: 'a stream',
    todo: 'Let a consumer count the entries with INCR metrics:counter:NAME, or record values with recordHistogram.',
  },
  statsd: {
    what: 'a line of StatsD',
    todo: '5|c is INCRBY metrics:counter:NAME 5; 5|g is SET metrics:gauge:NAME 5 EX 1800; 5|ms is recordHistogram.',
  },
  prom_client: {
    what: 'a dump of a prom-client registry',
    todo: 'Call bridgePromClient of @redmeter/redis-metrics in the process instead: it writes each series.',
  },
  exposition: {
    what: 'the text of a /metrics page',
    todo: 'Let Prometheus scrape that page, or record its metrics one by one: one series is one key.',
  },
};

interface Advice {
  readonly severity: Severity;
  readonly what: string;
  readonly todo: string;
}

function warning(what: string, todo: string): Advice {
  return { severity: 'warning', what, todo };
}

const RENAME = 'Rename one of the two. After a change of type, delete the keys of the old one.';

/** Why a key is skipped, and what to do. */
export const SKIP_ADVICE: Readonly<Record<SkipReason, Advice>> = {
  malformed_key: warning('the key is not prefix:type:name', 'Rename it, or move it to another prefix.'),
  unknown_type: warning('the type in the key is not counter, gauge or histogram', 'Correct the type.'),
  invalid_name: warning('Prometheus does not allow the metric name', 'Use letters, digits and _.'),
  reserved_name: warning('the name is reserved for Prometheus, an exporter or redmeter', 'Choose another name.'),
  malformed_label: warning('a label has no "="', 'Write name=value; encode "," in a value as %2C.'),
  invalid_label_name: warning('Prometheus does not allow a label name', 'Use letters, digits and _.'),
  reserved_label: warning('a label is job, instance, le, quantile or begins with __', 'Choose another label name.'),
  label_value_too_long: warning('a label value has more than 1,024 bytes', 'Shorten it.'),
  invalid_utf8: warning('key or value is not UTF-8', 'Write it as UTF-8.'),
  duplicate_label: warning('a label stands in the key twice', 'Remove one.'),
  too_many_labels: warning('there are more than ten labels', 'Remove some.'),
  wrong_redis_type: warning('the key holds neither a string nor a hash', 'Delete it, or move it to another prefix.'),
  unreadable: warning('this user may not read the key, or it is on another node', 'See the finding about rights.'),
  value_too_long: warning('the value has more than 65,536 bytes', 'Delete it, and find its writer.'),
  invalid_json: warning('the value is not JSON', 'Write a number, or a record as in docs/wire-format.md.'),
  invalid_record: warning('the value is neither a number nor a JSON object', 'Write a number, or a record.'),
  type_mismatch: warning('the record has another type than the key', 'Use one type.'),
  missing_value: warning('the record lacks value, or count and sum', 'Add it.'),
  invalid_value: warning(
    'the type cannot have this value, such as a counter below 0',
    'Correct it; use a gauge for values that fall.',
  ),
  invalid_histogram: warning(
    'its buckets or percentiles do not fit together',
    'counts has one element more than bounds, or as many as indexes; bounds and indexes ascend; all counts add up to count.',
  ),
  type_conflict: warning('the name has another type, too', RENAME),
  derived_name: warning('a histogram derives this name, as x_count of x', RENAME),
  duplicate_series: {
    severity: 'note',
    what: 'the same series as another key, and merged with it',
    todo: 'Write labels sorted by name, so that a series has one key.',
  },
  bounds_mismatch: warning(
    'another key is the same histogram with other bounds, and newer',
    'Delete the one with the old bounds.',
  ),
};
