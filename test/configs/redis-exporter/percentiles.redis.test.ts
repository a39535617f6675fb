import { describe, expect, it } from '@jest/globals';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runScript } from './script.js';
import { storeKeys } from './store-keys.js';

const HISTOGRAMS = 300;

const anyBounds: fc.Arbitrary<number[]> = fc.oneof(
  fc.constant<number[]>([1, 2.5, 5, 10, 25, 50, 100]),
  fc.uniqueArray(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 10 }),
);

const histogram = fc
  .record({
    bounds: anyBounds,
    counts: fc.array(fc.oneof(fc.constant(0), fc.nat({ max: 5 }), fc.nat({ max: 1_000_000 })), {
      minLength: 11,
      maxLength: 11,
    }),
  })
  .map(({ bounds, counts }) => {
    // Zero once, whatever its sign: as labels le the two are one.
    const ascending = [...new Set(bounds.map((bound) => bound + 0))].sort((a, b) => a - b);
    return { bounds: ascending, counts: counts.slice(0, ascending.length + 1) };
  })
  .filter(({ counts }) => counts.some((count) => count > 0));

describe("the script's percentiles", () => {
  const server = useRedisServer();
  const folder = temporaryFolder();

  it("are those of the real Prometheus's histogram_quantile of its buckets, to the last bit", async () => {
    const histograms = fc.sample(histogram, HISTOGRAMS);
    await storeKeys(
      server.client,
      histograms.map(({ bounds, counts }, i) => {
        const count = counts.reduce((sum, n) => sum + n, 0);
        const record = { count, sum: 1, bounds, counts };
        return {
          key: Buffer.from(`metrics:histogram:h:i=${i}`),
          content: { kind: 'string', bytes: Buffer.from(JSON.stringify(record)) },
        };
      }),
    );
    const samples = (await runScript(server.client, ['text']))
      .filter((line) => line.startsWith('h_'))
      .map((line) => line.split(' '));
    const named = (name: string): string[][] => samples.filter(([series]) => series?.startsWith(`${name}{`));
    for (const name of ['h_p50', 'h_p95', 'h_p99']) expect(named(name)).toHaveLength(HISTOGRAMS);

    const test = {
      tests: [
        {
          interval: '1m',
          input_series: named('h_bucket').map(([series, value]) => ({ series, values: value })),
          promql_expr_test: [
            ['h_p50', '0.5'],
            ['h_p95', '0.95'],
            ['h_p99', '0.99'],
          ].map(([name = '', q = '']) => ({
            expr: `histogram_quantile(${q}, h_bucket)`,
            eval_time: '0',
            exp_samples: named(name).map(([series = '', value]) => ({
              labels: series.slice(name.length),
              value: Number(value),
            })),
          })),
        },
      ],
    };
    const file = join(folder, 'quantiles.json');
    writeFileSync(file, JSON.stringify(test));
    // It ends with an error and tells the difference when one sample is another double.
    expect(execFileSync('promtool', ['test', 'rules', file], { encoding: 'utf8', stdio: 'pipe' })).toContain('SUCCESS');
  });
});
