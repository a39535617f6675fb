import { waitFor, type PrometheusClient } from '@redmeter/test-servers';
import { expect } from '@jest/globals';
import { withoutZeroFallback } from '../prometheus/promql.js';

/** Waits until a panel's query, its variables filled in, is answered with a number, also without the zero it falls back to. */
export async function expectAnswer(prometheus: PrometheusClient, expression: string): Promise<void> {
  const query = withoutZeroFallback(expression);
  await waitFor(
    async () => (await prometheus.query(query)).some(({ value }) => !Number.isNaN(value)),
    `${query} returns a number`,
  );
  await expect(prometheus.query(expression)).resolves.not.toEqual([]);
}
