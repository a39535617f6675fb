import { beforeEach, describe, expect, it } from '@jest/globals';
import { MAX_RECORD_BYTES, type MetricType, type MergeAnswer } from '@redmeter/metric-format';
import { redisProcessorTimeMs } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { expectLinear, GROWTH, hostileValues } from '../../../metric-format/test/hostile-values.js';
import { keys, merge, type Operation } from './merge-call.js';

const FAMILIES: Readonly<Record<MetricType, object>> = {
  counter: { type: 'counter', declared: 1 },
  gauge: { type: 'gauge', declared: 1 },
  histogram: { type: 'histogram', bounds: [5, 10], declared: 1 },
};
const OPERATIONS: Readonly<Record<MetricType, Operation>> = {
  counter: { type: 'counter', family: 'x', add: 1 },
  gauge: { type: 'gauge', family: 'x', mode: 'last', set: 3, age: 0 },
  histogram: { type: 'histogram', family: 'x', counts: [1, 0, 1], sum: 20 },
};
const VALUES = hostileValues(Date.now()).map((value) => [value.name, value] as const);
const server = useRedisServer({ flushBeforeEach: true });
let batch: number;

beforeEach(() => {
  batch = 0;
});

/** Writes to a series of this type; with so long a time to live that its record counts as written just now. */
async function write(type: MetricType): Promise<MergeAnswer> {
  batch += 1;
  const series = [[`metrics:${type}:x`, OPERATIONS[type]]] as const;
  return merge(server.client, { incarnation: `w-${batch}`, ttlMs: 1e12, families: { x: FAMILIES[type] }, series });
}

describe('a hostile value takes a time that grows with its length, not with the square of it', () => {
  it.each(VALUES)('%s', async (_, { type, build }) => {
    await expectLinear(async (bytes) => {
      const value = build(bytes);
      return redisProcessorTimeMs(server.client, GROWTH.runs, async () => {
        await server.client.set(`metrics:${type}:x`, value);
        await write(type);
      });
    });
  });

  it.each(VALUES.filter(([, { type }]) => type === 'histogram'))(
    'the record of a family, %s',
    async (_, { type, build }) => {
      await expectLinear(async (bytes) => {
        const value = build(bytes);
        return redisProcessorTimeMs(server.client, GROWTH.runs, async () => {
          await server.client.set(keys.family('x'), value);
          await write(type);
        });
      });
    },
  );
});

describe('a value longer than a record may be', () => {
  it.each(['counter', 'gauge', 'histogram'] as const)('is unreadable: a %s', async (type) => {
    const record = `{"type":"${type}","value":5,"count":0,"sum":0,"created":1,"timestamp":${Date.now()}}`;
    const value = record.padStart(MAX_RECORD_BYTES + 1);
    await server.client.set(`metrics:${type}:x`, value);
    expect(await write(type)).toMatchObject({ kind: 'applied', refusals: new Map([[1, 'unreadable_value']]) });
    expect(await server.client.get(`metrics:${type}:x`)).toBe(value);
  });

  it('is not copied into the script', async () => {
    await server.client.set('metrics:counter:x', Buffer.alloc(64_000_000, '1'));
    await write('counter');
    const [, used] = /used_memory_vm_eval:(\d+)/.exec(await server.client.info('memory')) ?? [];
    expect(Number(used)).toBeLessThan(8_000_000);
  });
});

it('counts that no bucket can have are refused, whenever they were written', async () => {
  const record =
    '{"type":"histogram","count":2,"sum":1,"bounds":[5,10],"counts":[11111111111111111111,1,1],' +
    `"window":[{"since":${Date.now()},"counts":[0,0,0]}],"created":1763600000123,"timestamp":${Date.now()}}`;
  await server.client.set('metrics:histogram:x', record);
  expect(await write('histogram')).toMatchObject({ refusals: new Map([[1, 'unreadable_value']]) });
  expect(await server.client.get('metrics:histogram:x')).toBe(record);
});
