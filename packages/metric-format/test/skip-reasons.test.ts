import { describe, expect, it } from '@jest/globals';
import { SKIP_REASONS } from '@redmeter/metric-format';

describe('SKIP_REASONS', () => {
  it('are label values that need no care, each once', () => {
    expect(SKIP_REASONS.filter((reason) => !/^[a-z0-9_]+$/.test(reason))).toEqual([]);
    expect(new Set(SKIP_REASONS).size).toBe(SKIP_REASONS.length);
  });
});
