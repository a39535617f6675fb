import { describe, it } from '@jest/globals';
import { parseRecord, parseSeriesKey } from '@redmeter/metric-format';
import { HOSTILE_KEYS } from './hostile-keys.js';
import { expectLinear, hostileValues, processorTimeMs } from './hostile-values.js';

describe('hostile data are parsed in a time that grows with their length, not with the square of it', () => {
  it.each(hostileValues(1763600100000).map((value) => [value.name, value] as const))(
    'a value, %s',
    async (_, { type, build }) => {
      await expectLinear((bytes) => {
        const text = build(bytes).toString();
        return processorTimeMs(() => parseRecord(type, text));
      });
    },
  );

  it.each(HOSTILE_KEYS.map((keys) => [keys.name, keys] as const))('%s', async (_, { build }) => {
    await expectLinear((bytes) => {
      const keys = build(bytes).map((key) => Buffer.from(key));
      return processorTimeMs(() => {
        for (const key of keys) parseSeriesKey(key, 'metrics');
      });
    });
  });
});
