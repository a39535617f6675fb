import { describe, expect, it } from '@jest/globals';
import {
  DERIVED_SUFFIXES,
  internalKeys,
  isMetricType,
  type MetricType,
  MAX_ANSWER_SERIES,
  MAX_BOUNDS,
  MAX_JSON_DEPTH,
  MAX_LABELS,
  MAX_LABEL_VALUE_BYTES,
  MAX_RECORD_BYTES,
  OWN_NAME_PREFIXES,
  parseFamilyRecord,
  parseRecord,
  parseSeriesKey,
  READER_FAMILIES,
  RESERVED_LABEL_NAMES,
  RESERVED_METRIC_NAMES,
  SCAN_LIMIT_KEYS,
  SKIP_REASONS,
} from '@redmeter/metric-format';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const document = readFileSync(join(__dirname, '../../../docs/wire-format.md'), 'utf8');

/** The code blocks of one language, in their order. */
function blocks(language: string): string[] {
  return [...document.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text = '']) => text);
}

describe('docs/wire-format.md', () => {
  it('shows values that are read', () => {
    const [counter = '', gauge = '', histogram = '', family = ''] = blocks('json');
    for (const text of [counter, gauge, histogram]) {
      const { type } = JSON.parse(text) as { type: unknown };
      if (!isMetricType(type)) throw new Error(`expected a type, got ${text}`);
      expect(parseRecord(type, text)).toMatchObject({ kind: 'record', record: { type } });
    }
    for (const [, text = ''] of document.matchAll(/^```\n(\{\n.*?)^```/gms)) {
      const { type } = JSON.parse(text) as { type: MetricType };
      expect(parseRecord(type, text)).toMatchObject({ kind: 'record', record: { type } });
    }
    expect(parseFamilyRecord(family)).toMatchObject({ type: 'histogram', unit: 'ms' });
    const percentiles = /`(\{"count".*?\})`/.exec(document)?.[1] ?? '';
    expect(parseRecord('histogram', percentiles)).toMatchObject({ record: { shape: { kind: 'percentiles' } } });
  });

  it('shows keys that are read', () => {
    const keys = document.split('\n').filter((line) => /^metrics:(counter|gauge|histogram):/.test(line));
    expect(keys.length).toBeGreaterThan(3);
    for (const key of keys) expect(parseSeriesKey(Buffer.from(key), 'metrics').kind).toBe('series');
  });

  it('names every skip reason, in the order of checks', () => {
    const [, section = ''] = document.split('### Skipped keys');
    const named = [...section.matchAll(/^\| `([a-z0-9_]+)` +\| /gm)].map(([, name]) => name);
    expect(named.filter((name) => SKIP_REASONS.some((reason) => reason === name))).toEqual(SKIP_REASONS);
  });

  it('names all names that are taken', () => {
    for (const name of [...RESERVED_METRIC_NAMES, ...RESERVED_LABEL_NAMES]) expect(document).toContain(`\`${name}\``);
    for (const prefix of OWN_NAME_PREFIXES) expect(document).toContain(`\`${prefix}*\``);
    for (const suffix of DERIVED_SUFFIXES) expect(document).toContain(`\`x${suffix}\``);
  });

  it('names every series and internal key of its own', () => {
    for (const { name } of Object.values(READER_FAMILIES)) expect(document).toMatch(new RegExp(`\`${name}[\`{]`));
    const keys = internalKeys({ prefix: 'metrics' });
    for (const key of [keys.dataset, keys.revision, keys.changed, keys.live, keys.announced]) {
      expect(document).toContain(`\`${key}\``);
    }
    for (const key of [keys.writer('<id>'), keys.mark('<id>'), keys.family('<name>')])
      expect(document).toContain(`\`${key}\``);
  });

  it.each([
    [`at most ${MAX_LABELS} in a key`],
    [`at most ${MAX_LABEL_VALUE_BYTES.toLocaleString('en')} bytes`],
    [`at most ${MAX_JSON_DEPTH} deep, at most ${MAX_RECORD_BYTES.toLocaleString('en')} bytes`],
    [`1 to ${MAX_BOUNDS} of them`],
    [`at most ${SCAN_LIMIT_KEYS.toLocaleString('en')} keys`],
    [`fits into ${MAX_ANSWER_SERIES.toLocaleString('en')} series`],
  ])('says: %s', (text) => {
    expect(document.replace(/\s+/g, ' ')).toContain(text);
  });
});
