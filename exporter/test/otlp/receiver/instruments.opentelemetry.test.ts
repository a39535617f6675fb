import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { expectExposition, expectRecords } from '../sdk/expect-records.js';
import type { Recording, Round } from '../sdk/recording.js';
import { recordWith, SDK_PROGRAMS } from '../sdk/sdk-program.js';
import { startTestReceiver, type TestReceiver } from '../test-receiver.js';

const server = useRedisServer({ flushBeforeEach: true });
let receiver: TestReceiver;

// One for each test: its first answer has counters as they are, later ones show new series at 0 first.
beforeEach(async () => {
  receiver = await startTestReceiver(server);
});
afterEach(() => receiver.stop());

/** All values are sums of powers of two, so that every order of adding them gives the same. */
const ROUNDS: readonly Round[] = [
  [
    ...several('counter', 'orders', [2, 0.25], { shop: 'a' }),
    ...several('counter', 'orders', [5], { shop: 'ü "b", \\' }),
    ...several('upDownCounter', 'queued', [3, -1.5]),
    ...several('gauge', 'load', [8, 0.5]),
    ...several('histogram', 'took', [1, 3, 5, 70], {}, [1, 5, 10]),
    ...several('exponential', 'size', [0.375, 3, 3000, 0]),
  ],
  [...several('gauge', 'load', [0.75]), ...several('exponential', 'size', [7, 7.5])],
  [
    ...several('counter', 'orders', [2 ** 40], { shop: 'a' }),
    ...several('upDownCounter', 'queued', [-8]),
    ...several('histogram', 'took', [0.125, 11], {}, [1, 5, 10]),
    ...several('exponential', 'size', [1 / 1024 + 1 / 2048, 3 * 2 ** 20]),
  ],
];

function several(
  kind: Recording['kind'],
  name: string,
  values: readonly number[],
  attributes: Readonly<Record<string, string>> = {},
  bounds?: readonly number[],
): Recording[] {
  return values.map((value) => ({ kind, name, value, attributes, ...(bounds && { bounds }) }));
}

const rows = SDK_PROGRAMS.flatMap((sdk) =>
  ['none', 'gzip'].map((compression) => ({ sdk, name: sdk.name, compression })),
);

// SDKs send up-down counters as cumulative with the preference delta too.
describe.each(['delta', 'cumulative'])('with the temporality preference %s', (temporality) => {
  test.each(rows)('$name, compression $compression: Redis has what was recorded', async ({ sdk, compression }) => {
    const env = {
      OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: compression,
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: temporality,
    };
    const { outcomes, log } = await recordWith(sdk, ROUNDS, { endpoint: receiver.endpoint, env });
    expect([outcomes, log]).toEqual([ROUNDS.map(() => 'accepted'), '']);
    await expectRecords(server.client, ROUNDS);
    expectExposition(await receiver.metrics(), ROUNDS);
  });
});
