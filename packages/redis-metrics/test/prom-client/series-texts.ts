import { parseRecord, parseSeriesKey } from '@redmeter/metric-format';
import type { Redis } from 'ioredis';

/** Values by series, `name{a="b"}`, labels sorted. */
export type SeriesValues = Readonly<Record<string, number>>;

/** What prom-client's own text says. */
export function parsePromText(text: string): SeriesValues {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', braces = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const labels = [...braces.matchAll(/(\w+)="([^"]*)"/g)].map(
        ([, label = '', text = '']) => [label, text] as const,
      );
      return [selector(name, labels), value === 'Nan' ? Number.NaN : Number(value.replace('Inf', 'Infinity'))];
    }),
  );
}

/** The same of what is in Redis, but for the library's own metrics. */
export async function readSeries(redis: Redis): Promise<SeriesValues> {
  const values: Record<string, number> = {};
  for (const key of await redis.keys('metrics:*')) {
    const parsed = parseSeriesKey(Buffer.from(key), 'metrics');
    if (parsed.kind !== 'series') throw new Error(`${key}: ${parsed.kind}`);
    const { labels, name, type } = parsed.id;
    if (name.startsWith('redmeter_')) continue;
    const text = await redis.get(key);
    // Expired since it was listed.
    if (text === null) continue;
    const read = parseRecord(type, text);
    if (read.kind !== 'record') throw new Error(`${key}: ${read.reason}`);
    const { record } = read;
    if (record.type !== 'histogram') {
      values[selector(name, labels)] = record.value;
      continue;
    }
    values[selector(`${name}_sum`, labels)] = record.sum;
    values[selector(`${name}_count`, labels)] = record.count;
    if (record.shape.kind !== 'buckets') continue;
    const { bounds, counts } = record.shape;
    let below = 0;
    counts.forEach((count, i) => {
      below += count;
      values[selector(`${name}_bucket`, [...labels, ['le', String(bounds[i] ?? '+Inf')]])] = below;
    });
  }
  return values;
}

function selector(name: string, labels: readonly (readonly [string, string])[]): string {
  const texts = labels.map(([label, value]) => `${label}="${value}"`).sort();
  return texts.length === 0 ? name : `${name}{${texts.join(',')}}`;
}
