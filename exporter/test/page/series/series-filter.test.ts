import { describe, expect, it } from '@jest/globals';
import { labelSet } from '@redmeter/metric-reader';
import { SeriesFilter } from '../../../src/page/series/series-filter.js';

const family = { name: 'http_requests_total', help: 'Requests by route.' };
const labels = (values: Readonly<Record<string, string>>): string => labelSet(Object.entries(values)).text;

describe('a filter', () => {
  it.each([
    ['', {}, true],
    ['   ', { route: '/a' }, true],
    ['requests', { route: '/a' }, true],
    ['REQUESTS by', { route: '/a' }, true],
    ['refunds', { route: '/a' }, false],
    ['refunds', { route: '/REFUNDS' }, true],
    ['"by route"', {}, true],
    ['"route by"', {}, false],
    ['route=/a', { route: '/a' }, true],
    ['route=/a', { route: '/ab' }, false],
    ['route=/a', { other_route: '/a' }, false],
    ['route=/A', { route: '/a' }, false],
    ['route=', {}, true],
    ['route=', { route: '/a' }, false],
    ['route!=/a', { route: '/a' }, false],
    ['route!=/a', { route: '/b' }, true],
    ['route!=/a', {}, true],
    ['route=/api/*', { route: '/api/users' }, true],
    ['route=/api/*', { route: '/v2/api/users' }, false],
    ['route=*users', { route: '/api/users' }, true],
    ['route=*api*', { route: '/v2/api/users' }, true],
    ['route=a*a', { route: 'a' }, false],
    ['route=a*b*c', { route: 'a-b-b-c' }, true],
    ['route=a*c*b', { route: 'a-b-b-c' }, false],
    ['route!=*', { route: 'a' }, false],
    ['route=/a method=GET', { method: 'GET', route: '/a' }, true],
    ['route=/a method=GET', { method: 'PUT', route: '/a' }, false],
    ['route="a b"', { route: 'a b' }, true],
    ['route="say \\"hi\\""', { route: 'say "hi"' }, true],
    ['route=a\\b', { route: 'a\\b' }, true],
    ['"two\nlines"', { route: 'two\nlines' }, true],
    ['value=",x="', { route: 'a",value=",x=' }, false],
    ['method=GET', { route: 'x",method="GET' }, false],
    ['<b>', { route: '<b>' }, true],
  ])('%j on %j: %j', (query, values, isTaken) => {
    const matches = new SeriesFilter(query).matcherFor(family);
    expect(matches?.(labels(values)) ?? true).toBe(isTaken);
  });

  it('takes no longer for a pattern of many asterisks', () => {
    const matches = new SeriesFilter(`route=${'a*'.repeat(240)}b`).matcherFor(family);
    // Trying each way to spread the letters over the asterisks would not end in a lifetime.
    expect(matches?.(labels({ route: 'a'.repeat(1000) }))).toBe(false);
    expect(matches?.(labels({ route: `${'a'.repeat(1000)}b` }))).toBe(true);
  });
});
