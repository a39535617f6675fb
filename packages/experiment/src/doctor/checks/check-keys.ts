import type { SkipReason } from '@redmeter/metric-format';
import type { Facts } from '../facts.js';
import { counted, shownKey, size, type Finding } from '../finding.js';
import type { KeyFacts } from '../look/read-keys.js';
import { LAYOUT_ADVICE, SKIP_ADVICE } from './advice.js';

const MAX_EXAMPLES = 3;
const BIG_BYTES = 16_384;
const FUTURE_MS = 5000;
/** As many milliseconds since the epoch are in 1970: a time in seconds. */
const SECONDS = { from: 1e9, to: 1e10 } as const;

/** Keys that are no metrics, and metrics that are odd. */
export function checkKeys(facts: Facts): Finding[] {
  return [...layouts(facts), ...skipped(facts), ...oddTimes(facts), ...bigValues(facts), ...withoutTtl(facts)];
}

function layouts({ keys, prefix }: Facts): Finding[] {
  return [...grouped(keys.keys, ({ layout }) => layout)].map(([layout, some]): Finding => {
    const { what, todo } = LAYOUT_ADVICE[layout];
    return {
      code: `layout_${layout}`,
      severity: 'warning',
      what: `${counted(some.length, 'key holds', 'keys hold')} ${what}`,
      why: 'No exporter shows them.',
      todo: todo.replaceAll('metrics:', `${prefix}:`),
      examples: examplesOf(some),
    };
  });
}

function skipped({ keys, metrics, namesOfSeveralTypes }: Facts): Finding[] {
  const all = grouped(keys.keys, ({ reason }) => reason);
  return [...metrics.report.skipped.entries()].flatMap(([reason, total]): Finding[] => {
    const alone = all.get(reason) ?? [];
    const unrecognized = alone.filter(({ layout }) => layout === undefined);
    // Some reasons show only beside other keys.
    const count = unrecognized.length + Math.max(0, total - alone.length);
    if (count === 0) return [];
    const { severity, what, todo } = SKIP_ADVICE[reason];
    return [
      {
        code: reason,
        severity,
        what: `${counted(count, 'key')}: ${what}`,
        why:
          severity === 'note'
            ? 'No number is missing.'
            : `No exporter shows them (redmeter_skipped_keys{reason="${reason}"}).`,
        todo,
        examples: reason === CONFLICT ? namesOfSeveralTypes.slice(0, MAX_EXAMPLES) : examplesOf(unrecognized),
      },
    ];
  });
}

const CONFLICT: SkipReason = 'type_conflict';

function oddTimes({ keys, nowMs }: Facts): Finding[] {
  const future = keys.keys.filter(({ timestampMs = 0 }) => timestampMs > nowMs + FUTURE_MS);
  const seconds = keys.keys.filter(({ timestampMs = 0 }) => timestampMs >= SECONDS.from && timestampMs < SECONDS.to);
  const findings: Finding[] = [];
  if (future.length > 0) {
    findings.push({
      code: 'future_timestamps',
      severity: 'warning',
      what: `${counted(future.length, 'series was', 'series were')} written in the future`,
      why: 'The clock of the writer or of Redis is wrong, or was. Of several gauges, an old one may be shown as the newest.',
      todo: 'Let the hosts keep time by NTP or chrony. Writers in other languages take the time from Redis (TIME).',
      examples: examplesOf(future),
    });
  }
  if (seconds.length > 0) {
    findings.push({
      code: 'timestamps_in_seconds',
      severity: 'warning',
      what: `${counted(seconds.length, 'series has', 'series have')} a timestamp in seconds`,
      why: 'Timestamps are in milliseconds, so these seem to be of 1970.',
      todo: 'Multiply them by 1,000 where they are written.',
      examples: examplesOf(seconds),
    });
  }
  return findings;
}

function bigValues({ keys }: Facts): Finding[] {
  const big = keys.keys.filter(({ bytes, reason }) => bytes > BIG_BYTES && reason === undefined);
  if (big.length === 0) return [];
  const largest = [...big].sort((a, b) => b.bytes - a.bytes).slice(0, MAX_EXAMPLES);
  return [
    {
      code: 'big_values',
      severity: 'note',
      what: `${counted(big.length, 'series has', 'series have')} more than ${size(BIG_BYTES)}`,
      why: 'Each scrape reads them, and beyond 65,536 bytes they are skipped.',
      todo: 'Give the histogram fewer buckets, or the record fewer fields.',
      examples: largest.map(({ key, bytes }) => `${shownKey(key)}: ${size(bytes)}`),
    },
  ];
}

function withoutTtl({ keys }: Facts): Finding[] {
  const endless = keys.keys.filter(({ leftMs, reason }) => leftMs === Number.POSITIVE_INFINITY && reason === undefined);
  if (endless.length === 0) return [];
  return [
    {
      code: 'no_ttl',
      severity: 'note',
      what: `${counted(endless.length, 'series has', 'series have')} no TTL`,
      why: 'They are shown for ever, even when nobody writes them any more.',
      todo: 'Let the writer call EXPIRE with each write, such as EXPIRE KEY 1800. The library does so by itself.',
      examples: examplesOf(endless),
    },
  ];
}

function grouped<K>(keys: readonly KeyFacts[], nameOf: (key: KeyFacts) => K | undefined): Map<K, KeyFacts[]> {
  const groups = new Map<K, KeyFacts[]>();
  for (const key of keys) {
    const name = nameOf(key);
    if (name === undefined) continue;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [key]);
    else group.push(key);
  }
  return groups;
}

function examplesOf(keys: readonly KeyFacts[]): string[] {
  return keys.slice(0, MAX_EXAMPLES).map(({ key }) => shownKey(key));
}
