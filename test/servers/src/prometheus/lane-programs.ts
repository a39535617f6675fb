import { join } from 'node:path';

/** The programs of Prometheus 3, which `scripts/prometheus/build.sh` has built. */
export interface Prometheus3Programs {
  /** Path of the server. */
  readonly prometheus: string;
  /** Path of promtool. */
  readonly promtool: string;
}

/**
 * Prometheus 3 in a test of the lane prometheus.
 * @throws Error in another lane
 */
export function prometheus3(): Prometheus3Programs {
  const folder = process.env['REDMETER_TEST_PROMETHEUS'];
  if (folder === undefined) throw new Error('expected the lane prometheus: npm test -- prometheus');
  return { prometheus: join(folder, 'prometheus'), promtool: join(folder, 'promtool') };
}
