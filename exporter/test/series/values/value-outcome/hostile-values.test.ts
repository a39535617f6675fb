import { describe, it } from '@jest/globals';
import {
  hostileValues,
  expectLinear,
  processorTimeMs,
} from '../../../../../packages/metric-format/test/hostile-values.js';
import { readValue } from '../../../../src/series/values/value-outcome.js';

describe('a hostile value is read in a time that grows with its length, not with the square of it', () => {
  it.each(hostileValues(1763600100000).map((value) => [value.name, value] as const))(
    '%s',
    async (_, { type, build }) => {
      await expectLinear((length) => {
        const bytes = build(length);
        return processorTimeMs(() => readValue(type, { kind: 'value', bytes }));
      });
    },
  );
});
