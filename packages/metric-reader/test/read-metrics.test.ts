import { describe, expect, it } from '@jest/globals';
import { planReading, readMetrics } from '@redmeter/metric-reader';

const NOW_MS = 1_763_600_100_000;

const declared = { type: 'counter', help: 'Of c.', unit: undefined, hasDerivedBuckets: false } as const;

describe('readMetrics', () => {
  const plan = planReading({
    keys: ['metrics:counter:c:a=1', 'metrics:gauge:g', 'metrics:counter:bad', 'metrics:x'].map((key) =>
      Buffer.from(key),
    ),
    isScanDisabled: true,
  });
  const values: Record<string, string> = {
    'metrics:counter:c:a=1': '{"value":5,"created":1000,"timestamp":2500}',
    'metrics:counter:bad': '{',
  };
  const stored = {
    value: (key: Uint8Array) => {
      const text = values[Buffer.from(key).toString()];
      return text === undefined ? { kind: 'absent' as const } : { kind: 'value' as const, bytes: Buffer.from(text) };
    },
    family: (key: string) => (key === 'metrics-meta:family:c' ? declared : undefined),
  };

  it('gives what was recorded as data, besides what is shown', () => {
    const { metrics, report } = readMetrics(plan, stored, NOW_MS);
    expect(metrics).toEqual([
      {
        name: 'c',
        type: 'counter',
        declared,
        series: [
          {
            labels: { labels: [['a', '1']], text: 'a="1"' },
            value: { type: 'counter', value: 5, createdMs: 1000, timestampMs: 2500 },
          },
        ],
      },
    ]);
    expect(report).toMatchObject({ isScanDisabled: true, truncated: [], lastWriteMs: 2500 });
    expect([...report.seriesByType]).toEqual([['counter', 1]]);
  });

  it('does not count a key that is gone', () => {
    const { skipped } = readMetrics(plan, stored, NOW_MS).report;
    expect([...skipped.entries()].filter(([, count]) => count > 0)).toEqual([
      ['malformed_key', 1],
      ['invalid_json', 1],
    ]);
  });

  it('leaves its plan as it is', () => {
    const first = readMetrics(plan, stored, NOW_MS);
    expect(readMetrics(plan, stored, NOW_MS)).toEqual(first);
  });
});
