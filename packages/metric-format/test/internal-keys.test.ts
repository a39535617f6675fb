import { describe, expect, it } from '@jest/globals';
import { internalKeys } from '@redmeter/metric-format';

describe('internalKeys', () => {
  it('are separate from the series', () => {
    const keys = internalKeys({ prefix: 'metrics' });
    const ofOne = {
      writer: keys.writer('x'),
      mark: keys.mark('x'),
      total: keys.total('x'),
      source: keys.source('y'),
      seen: keys.seen('5'),
      family: keys.family('user_events'),
    };
    expect({ ...keys, ...ofOne }).toEqual({
      dataset: 'metrics-meta:dataset',
      revision: 'metrics-meta:revision',
      changed: 'metrics-meta:changed',
      live: 'metrics-meta:live',
      announced: 'metrics-meta:keys',
      writer: 'metrics-meta:writer:x',
      mark: 'metrics-meta:mark:x',
      total: 'metrics-meta:total:x',
      source: 'metrics-meta:source:y',
      seen: 'metrics-meta:seen:5',
      family: 'metrics-meta:family:user_events',
    });
  });

  it('name a family as the keys of its series do', () => {
    const keys = internalKeys({ prefix: 'metrics' });
    expect([keys.family('http.server'), keys.family('a:b')]).toEqual([
      'metrics-meta:family:http.server',
      'metrics-meta:family:a%3Ab',
    ]);
  });

  it('lie in the slot of their shard', () => {
    expect(internalKeys({ prefix: 'shop', tag: '7' }).live).toBe('shop-meta:{7}:live');
  });
});
