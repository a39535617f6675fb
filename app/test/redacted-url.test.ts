import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redactedUrl } from '../src/redacted-url.js';

describe('redactedUrl', () => {
  it.each([
    ['redis://localhost:6379/2', 'redis://localhost:6379/2'],
    ['rediss://user:secret@redis.internal:6380', 'rediss://***@redis.internal:6380'],
    ['redis://:p@ss/w?rd@host', 'redis://***@host'],
    ['redis://host?password=secret', 'redis://host'],
    ['user:secret@host', '***@host'],
    ['unix:///run/redis.sock', 'unix:///run/redis.sock'],
    ['5050', '5050'],
    ['', ''],
  ])('shows %j as %j', (url, shown) => {
    expect(redactedUrl(url)).toBe(shown);
  });

  it('never shows what is before the last @', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (password) => {
        expect(redactedUrl(`redis://user:${password}@h:1`)).toBe('redis://***@h:1');
      }),
    );
  });
});
