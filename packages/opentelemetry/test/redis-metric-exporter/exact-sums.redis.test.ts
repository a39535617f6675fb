import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Meter } from '@opentelemetry/api';
import { useRedisServer } from '@redmeter/test-servers/jest';
import fc from 'fast-check';
import { startCuttingProxy, type CuttingProxy } from '../../../redis-metrics/test/service/cutting-proxy.js';
import { RecordedLog } from '../../../redis-metrics/test/service/recorded-log.js';
import { recordOf, valueOf } from '../records.js';
import { startSdkOf, type TestSdk } from '../sdk.js';

const server = useRedisServer();
let proxy: CuttingProxy;
beforeAll(async () => {
  proxy = await startCuttingProxy(server.port);
});
afterAll(() => proxy.stop());

const PROCESSES = 3;
const BOUNDS = [-1, 0, 2.5, 10];
// Multiples of a half, so that sums are exact in any order.
const half = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 2 * min, max: 2 * max }).map((number) => number / 2);
const target = { process: fc.nat(PROCESSES - 1), kind: fc.constantFrom('a', 'b') };
const step = fc.oneof(
  fc.record({ what: fc.constant('count' as const), value: half(0, 1000), ...target }),
  fc.record({ what: fc.constant('change' as const), value: half(-50, 50), ...target }),
  fc.record({ what: fc.constant('observe' as const), value: half(0, 12), ...target }),
  fc.record({ what: fc.constant('read' as const), value: half(0, 9), ...target }),
  fc.record({ what: fc.constantFrom('flush', 'force', 'cut', 'end'), value: fc.constant(0), ...target }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** A process: its SDK, its instruments, and what its observable instruments see. */
function startProcess(prefix: string): TestSdk & { readonly take: (step: Step) => void } {
  const sdk = startSdkOf({
    redis: proxy.url,
    prefix,
    ownMetrics: false,
    flushIntervalMs: 20,
    logger: new RecordedLog(),
  });
  const { meter } = sdk;
  const [seen, counter, changes, took] = [new Map<string, number>(), ...instruments(meter)];
  meter.createObservableCounter('seen').addCallback((result) => {
    for (const [kind, value] of seen) result.observe(value, { kind });
  });
  return {
    ...sdk,
    take: ({ what, kind, value }) => {
      if (what === 'count') counter.add(value, { kind });
      if (what === 'change') changes.add(value, { kind });
      if (what === 'observe') took.record(value, { kind });
      if (what === 'read') seen.set(kind, (seen.get(kind) ?? 0) + value);
    },
  };
}

function instruments(meter: Meter) {
  return [
    meter.createCounter('counted'),
    meter.createUpDownCounter('changed'),
    meter.createHistogram('took', { advice: { explicitBucketBoundaries: BOUNDS } }),
  ] as const;
}

let runs = 0;

it('has the sums of all processes, whatever happens in between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const prefix = `run${(runs += 1)}`;
      const processes = Array.from({ length: PROCESSES }, () => startProcess(prefix));
      const waits: Promise<unknown>[] = [];
      for (const each of steps) {
        const process = processes[each.process];
        if (process === undefined) continue;
        process.take(each);
        if (each.what === 'flush') await process.flush();
        if (each.what === 'force') waits.push(process.provider.forceFlush());
        if (each.what === 'cut') proxy.cutReplies(1, /applied/);
        if (each.what === 'end') {
          waits.push(process.provider.shutdown());
          processes[each.process] = startProcess(prefix);
        }
      }
      await Promise.all([...waits, ...processes.map(({ provider }) => provider.shutdown())]);
      for (const kind of ['a', 'b']) await expectSums(prefix, kind, steps);
    }),
    { numRuns: 40 },
  );
});

async function expectSums(prefix: string, kind: string, steps: readonly Step[]): Promise<void> {
  const of = (what: string): number[] =>
    steps.filter((each) => each.what === what && each.kind === kind).map(({ value }) => value);
  const sum = (values: readonly number[]): number | undefined =>
    values.length === 0 ? undefined : values.reduce((total, value) => total + value, 0);
  const observed = of('observe');
  const counts = [...BOUNDS, Infinity].map(
    (bound, i, all) => observed.filter((value) => value <= bound && value > (all[i - 1] ?? -Infinity)).length,
  );
  expect({
    counted: await valueOf(server.client, `${prefix}:counter:counted:kind=${kind}`),
    changed: await valueOf(server.client, `${prefix}:gauge:changed:kind=${kind}`),
    seen: await valueOf(server.client, `${prefix}:counter:seen:kind=${kind}`),
    took: await recordOf(server.client, `${prefix}:histogram:took:kind=${kind}`),
  }).toEqual({
    counted: sum(of('count')),
    changed: sum(of('change')),
    seen: sum(of('read')),
    took: observed.length === 0 ? null : expect.objectContaining({ bounds: BOUNDS, counts, sum: sum(observed) }),
  });
}
