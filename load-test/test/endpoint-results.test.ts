import { describe, expect, it } from '@jest/globals';
import type { Endpoint } from '../profiles.js';
import { EndpointResults } from '../src/endpoint-results.js';

const join: Endpoint = { name: 'join', method: 'GET', path: '/join', weight: 1, expectedStatus: 200 };
const error: Endpoint = { name: 'error', method: 'GET', path: '/error', weight: 1, expectedStatus: 500 };

describe('EndpointResults', () => {
  it('tells what is expected from what is not, by endpoint', () => {
    const results = new EndpointResults([join, error]);
    results.answered(join, { status: 200, latencyMs: 1, bytes: 10 });
    results.answered(join, { status: 500, latencyMs: 1, bytes: 10 });
    results.answered(error, { status: 500, latencyMs: 1, bytes: 10 });
    results.answered(error, { status: 200, latencyMs: 1, bytes: 10 });
    results.unanswered(error);
    const { endpoints, all } = results.rows(2);
    expect(endpoints.map(({ name, requests, errors }) => [name, requests, errors])).toEqual([
      ['join', 2, 1],
      ['error', 3, 2],
    ]);
    expect(all).toMatchObject({ name: 'all', requests: 5, errors: 3, requestsPerSecond: 2.5, bytes: 40 });
    expect(results.complaints()).toEqual([
      'join: expected 200, got 500 (1 times)',
      'error: expected 500, got 200 (1 times)',
      'error: expected 500, got no response (1 times)',
    ]);
  });

  it('finds percentiles to three digits, of answers alone', () => {
    const results = new EndpointResults([join]);
    for (let ms = 1; ms <= 1000; ms++) results.answered(join, { status: 200, latencyMs: ms, bytes: 0 });
    results.unanswered(join);
    const { p50, p95, p99 } = results.rows(1).all.latencyMs;
    expect(Math.abs(p50 - 500)).toBeLessThan(0.5);
    expect(Math.abs(p95 - 950)).toBeLessThan(0.95);
    expect(Math.abs(p99 - 990)).toBeLessThan(0.99);
  });

  it('is all zeros before the first answer', () => {
    const none = { requests: 0, errors: 0, requestsPerSecond: 0, latencyMs: { p50: 0, p95: 0, p99: 0 }, bytes: 0 };
    expect(new EndpointResults([join]).rows(0)).toEqual({
      endpoints: [{ name: 'join', ...none }],
      all: { name: 'all', ...none },
    });
  });
});
