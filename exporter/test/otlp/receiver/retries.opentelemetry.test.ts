import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort, startRedisServer, waitFor, type RedisServer } from '@redmeter/test-servers';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { connectRaw, type RawConnection } from '../../http/raw-connection.js';
import { expectRecords } from '../sdk/expect-records.js';
import type { Round } from '../sdk/recording.js';
import { GO, recordWith, SDK_PROGRAMS } from '../sdk/sdk-program.js';
import { startTestReceiver, type TestReceiver } from '../test-receiver.js';

const MAX_BODY_BYTES = 2 ** 14;
const MAX_BODIES = 8;
const ROUND: Round = [
  { kind: 'counter', name: 'orders', value: 3, attributes: {} },
  { kind: 'exponential', name: 'size', value: 7, attributes: {} },
];

let redis: RedisServer;
let receiver: TestReceiver;
beforeEach(async () => {
  redis = await startRedisServer({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  receiver = await startTestReceiver(redis, { maxBodyBytes: MAX_BODY_BYTES });
});
afterEach(async () => {
  await receiver.stop();
  await redis.stop();
});

/** How many requests had an outcome. */
async function requests(outcome: string): Promise<number> {
  const line = `redmeter_otlp_requests_total{outcome="${outcome}"} `;
  const found = (await receiver.metrics()).split('\n').find((each) => each.startsWith(line));
  return Number(found?.slice(line.length));
}

/** Ends what it began. */
type End = () => Promise<void>;

/** Why a receiver answers 503, each until its end. */
const reasons: readonly (readonly [string, () => Promise<End>])[] = [
  [
    'Redis is away',
    async () => {
      await redis.crash();
      return async () => redis.restart();
    },
  ],
  [
    'there is no memory for bodies',
    async () => {
      const held = await Promise.all(Array.from({ length: MAX_BODIES }, holdBody));
      await waitFor(async () => (await receiver.post({})).status === 503, 'bodies that fill the memory');
      return async () => {
        for (const { socket } of held) socket.destroy();
        return Promise.resolve();
      };
    },
  ],
];

/** A body of the largest size, which does not end. */
async function holdBody(): Promise<RawConnection> {
  const connection = await connectRaw(receiver.endpoint);
  const bytes = MAX_BODY_BYTES;
  connection.send(
    'POST /v1/metrics HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n' +
      `${bytes.toString(16)}\r\n${' '.repeat(bytes)}\r\n`,
  );
  return connection;
}

describe.each(reasons)('while %s', (_reason, begin) => {
  test.each(SDK_PROGRAMS)('$name sends again, and it counts once', async (sdk) => {
    const end = await begin();
    const before = await requests('unavailable');
    const run = recordWith(sdk, [ROUND], { endpoint: receiver.endpoint });
    await waitFor(async () => (await requests('unavailable')) > before, 'a request that is refused');
    await end();
    expect((await run).outcomes).toEqual(['accepted']);
    await expectRecords(await redis.connect(), [ROUND]);
  });
});

describe('a connection that is cut', () => {
  const cases = SDK_PROGRAMS.map((sdk) => ({ sdk, name: sdk.name, does: sdk === GO ? 'gives up' : 'sends again' }));

  test.each(cases)('$name $does', async ({ sdk, does }) => {
    const port = await freePort();
    const cutting = createServer().listen(port, '127.0.0.1');
    await once(cutting, 'listening');
    const run = recordWith(sdk, [ROUND], { endpoint: `http://127.0.0.1:${port}/v1/metrics` });
    const [socket] = (await once(cutting, 'connection')) as [Socket];
    // In the place of the receiver, before it is there.
    cutting.close();
    socket.destroy();
    const listen = { host: '127.0.0.1', port };
    const late = await startTestReceiver(redis, { listen });
    try {
      const isKept = does === 'sends again';
      expect((await run).outcomes).toEqual([isKept ? 'accepted' : expect.stringMatching(/^failed/)]);
      await expectRecords(await redis.connect(), isKept ? [ROUND] : []);
    } finally {
      await late.stop();
    }
  });
});

describe('a request that is too large', () => {
  const large: Round = Array.from({ length: 1000 }, (_, i) => ({
    kind: 'counter',
    name: 'orders',
    value: 1,
    attributes: { i: String(i) },
  }));

  test.each(SDK_PROGRAMS)('is not sent again: $name', async (sdk) => {
    const { outcomes, log } = await recordWith(sdk, [large], { endpoint: receiver.endpoint });
    expect([outcomes, log].join('\n')).toMatch(/^failed/);
    expect([await requests('refused'), await requests('unavailable')]).toEqual([1, 0]);
    await expectRecords(await redis.connect(), []);
  });
});
