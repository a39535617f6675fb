import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { expectRecords } from '../sdk/expect-records.js';
import type { Round } from '../sdk/recording.js';
import { recordWith, SDK_PROGRAMS } from '../sdk/sdk-program.js';
import { startTestReceiver, type TestReceiver } from '../test-receiver.js';

const server = useRedisServer({ flushBeforeEach: true });
const receivers: TestReceiver[] = [];
const PROCESSES = 16;
const AT_A_TIME = 4;

beforeAll(async () => {
  for (let i = 0; i < 2; i += 1) receivers.push(await startTestReceiver(server));
});
afterAll(async () => Promise.all(receivers.map(async (receiver) => receiver.stop())));

/** What a process records for its one request. */
function requestOf(i: number): Round {
  return [
    { kind: 'counter', name: 'requests', value: 1, attributes: {} },
    { kind: 'counter', name: 'items', value: i, attributes: { kind: i % 2 === 0 ? 'gift' : 'book' } },
    { kind: 'histogram', name: 'took', value: i, attributes: {}, bounds: [5, 10] },
    { kind: 'exponential', name: 'size', value: 3 * (i + 1), attributes: {} },
  ];
}

const requests = Array.from({ length: PROCESSES }, (_, i) => requestOf(i));
const cases = SDK_PROGRAMS.flatMap((sdk) =>
  ['delta', 'cumulative'].map((temporality) => ({ sdk, name: sdk.name, temporality })),
);

test.each(cases)('processes that live for one request add up: $name, $temporality', async ({ sdk, temporality }) => {
  for (let i = 0; i < PROCESSES; i += AT_A_TIME) {
    const runs = requests.slice(i, i + AT_A_TIME).map(async (request, k) => {
      const endpoint = receivers[k % receivers.length]?.endpoint ?? '';
      // Node's SDK has times in milliseconds: without an id, two processes may begin their streams in the same one.
      const env = {
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: temporality,
        OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${randomUUID()}`,
      };
      return recordWith(sdk, [request], { endpoint, env });
    });
    for (const run of await Promise.all(runs)) expect(run).toEqual({ outcomes: ['accepted'], log: '' });
  }
  await expectRecords(server.client, requests);
});
