import { expect, it } from '@jest/globals';
import { resultTable } from '../src/result-table.js';

it('lines up its columns, and shows no latency where nothing was answered', () => {
  const table = resultTable([
    {
      name: 'join',
      requests: 1_234_567,
      errors: 3,
      requestsPerSecond: 99.96,
      latencyMs: { p50: 1.04, p95: 10.55, p99: 1000 },
      bytes: 1_500_000,
    },
    { name: 'leave', requests: 2, errors: 2, requestsPerSecond: 0.2, latencyMs: { p50: 0, p95: 0, p99: 0 }, bytes: 0 },
    { name: 'all', requests: 999, errors: 0, requestsPerSecond: 1, latencyMs: { p50: 1, p95: 2, p99: 3 }, bytes: 1234 },
  ]);
  expect(`\n${table}\n`).toBe(`
endpoint   requests  errors  req/s  p50 ms  p95 ms  p99 ms  received
join      1,234,567       3  100.0     1.0    10.6  1000.0    1.5 MB
leave             2       2    0.2       -       -       -       0 B
all             999       0    1.0     1.0     2.0     3.0    1.2 kB
`);
});
