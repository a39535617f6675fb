import { internalKeys, type MetricType } from '@redmeter/metric-format';
import type { Redis } from 'ioredis';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const SCRIPT = readFileSync(join(__dirname, '../../../packages/redis-metrics/lua/merge.lua'), 'utf8');
const FAMILIES = {
  counter: { type: 'counter', help: 'Counted by a writer.', age: 0 },
  gauge: { type: 'gauge', mode: 'sum', help: 'Set by a writer.', age: 0 },
  histogram: { type: 'histogram', bounds: [1, 5], help: 'Observed by a writer.', age: 0 },
} as const;
const OPERATIONS = {
  counter: { type: 'counter', add: 2.5 },
  gauge: { type: 'gauge', mode: 'sum', add: -2 },
  histogram: { type: 'histogram', counts: [1, 0, 2], sum: 11.5 },
} as const;

/** What a writer does to one series. */
export interface MergeStep {
  readonly type: MetricType;
  readonly name: string;
  /** Empty, or with a colon before it, as it stands in keys. */
  readonly labels: string;
  readonly what: 'record' | 'touch' | 'remove';
}

/**
 * Calls the merge script as a writer of its own would: the real one, since what it leaves in the indexes decides what is
 * read again.
 */
export async function merge(
  redis: Redis,
  { tag, shards }: { readonly tag: string | undefined; readonly shards: number },
  steps: readonly MergeStep[],
): Promise<void> {
  const space = { prefix: 'metrics', ...(tag === undefined ? {} : { tag }) };
  const keys = internalKeys(space);
  const id = randomBytes(8).toString('hex');
  const start = tag === undefined ? 'metrics:' : `metrics:{${tag}}:`;
  const names = [keys.dataset, keys.revision, keys.changed, keys.live, keys.writer(id)];
  names.push(...steps.map(({ name }) => keys.family(name)));
  names.push(...steps.map(({ type, name, labels }) => `${start}${type}:${name}${labels}`));
  const operations = steps.map(({ type, what }, i) => {
    return JSON.stringify({ ...(what === 'record' ? OPERATIONS[type] : { [what]: true }), family: i + 1 });
  });
  const families = steps.map(({ type }) => JSON.stringify(FAMILIES[type]));
  const head = ['1', shards, '', id, '1', '0', '1800000', steps.length];
  const answer = (await redis.eval(SCRIPT, names.length, ...names, ...head, ...families, ...operations)) as unknown[];
  if (answer[0] !== 'applied') throw new Error(`expected that the batch is applied, got ${String(answer)}`);
}
