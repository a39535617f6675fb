import { describe, expect, it } from '@jest/globals';
import { isKeyPrefix } from '@redmeter/metric-format';

describe('isKeyPrefix', () => {
  it.each(['metrics', 'shop.2', 'a-b', 'A_9', '-meta-x'])('allows %j', (prefix) => {
    expect(isKeyPrefix(prefix)).toBe(true);
  });

  it.each(['', 'a:b', 'a*', 'a?', '[a]', 'a{b}', 'a b', 'a\\', 'é', 'a\n', 'metrics-meta', '-meta'])(
    'refuses %j',
    (prefix) => {
      expect(isKeyPrefix(prefix)).toBe(false);
    },
  );
});
