import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startRedisServer, waitFor, type RedisServer } from '@redmeter/test-servers';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { BodyBudget } from '../../src/otlp/http/body-budget.js';
import { readBody } from '../../src/otlp/http/read-body.js';
import { connectRaw, statusesIn, type RawConnection } from '../http/raw-connection.js';
import { startTestReceiver, type TestReceiver } from './test-receiver.js';

let server: RedisServer;
let receiver: TestReceiver;

beforeAll(async () => {
  server = await startRedisServer();
  receiver = await startTestReceiver(server);
});
afterAll(async () => {
  await receiver.stop();
  await server.stop();
});

const HEAD =
  'POST /v1/metrics HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
const chunkOf = (bytes: number): string => `${bytes.toString(16)}\r\n${' '.repeat(bytes)}\r\n`;
const END = '2\r\n{}\r\n0\r\n\r\n';

async function send(text: string): Promise<RawConnection> {
  const connection = await connectRaw(receiver.endpoint);
  connection.send(HEAD + text);
  return connection;
}

async function sendAll(count: number, text: string): Promise<RawConnection[]> {
  return Promise.all(Array.from({ length: count }, async () => send(text)));
}

async function isHealthy(): Promise<boolean> {
  return (await fetch(receiver.endpoint.replace('/v1/metrics', '/healthz'))).status === 200;
}

const text = async (connection: RawConnection): Promise<string> => connection.untilClosed();

describe('bodies in chunks', () => {
  test('that are too large all get 413, and the receiver goes on', async () => {
    const answers = await Promise.all((await sendAll(64, chunkOf(2 ** 16).repeat(32))).map(text));
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 (?:413|503) [^]*"message"/);
    expect(await text(await send(chunkOf(2 ** 16).repeat(40) + END))).toMatch(
      /^HTTP\/1\.1 413 [^]*Connection: close[^]*at most 1048576 bytes/,
    );
    expect(await isHealthy()).toBe(true);
  });

  test('that stall, or whose clients go away, give their memory back', async () => {
    // Eight of these fit in the budget, nine do not.
    const large = chunkOf(2 ** 20 - 64);
    const stalled = await sendAll(4, large);
    const gone = await sendAll(4, large);
    // There is room for the first pieces of one more alone.
    await waitFor(async () => statusesIn(await text(await send(large + END)))[0] === 503);
    for (const [i, { socket }] of gone.entries()) {
      if (i % 2 === 0) socket.destroy();
      else socket.end();
    }
    for (const answer of await Promise.all(stalled.map(text))) expect(statusesIn(answer)).toEqual([408]);
    expect(await isHealthy()).toBe(true);

    const others = await sendAll(7, large);
    await waitFor(async () => {
      const last = await send(large);
      last.send(END);
      await waitFor(() => statusesIn(last.received).length === 1);
      last.socket.destroy();
      return statusesIn(last.received)[0] === 200;
    });
    expect(others.map(({ received }) => received)).toEqual(others.map(() => ''));
    for (const { socket } of others) socket.destroy();
  });

  test('for which there is no memory are to be sent again', async () => {
    const large = chunkOf(2 ** 20 - 64);
    const stalled = await sendAll(8, large);
    await waitFor(async () => {
      const answer = await text(await send(large + END));
      if (statusesIn(answer)[0] !== 503) return false;
      expect(answer).toMatch(/^HTTP\/1\.1 503 [^]*Retry-After: 1[^]*Connection: close[^]*too many bodies in memory/);
      return true;
    });
    for (const { socket } of stalled) socket.destroy();
    await waitFor(async () => (await receiver.post({})).status === 200);
  });
});

test('compressed bodies grow within the budget', async () => {
  const maxBytes = 2 ** 20;
  const takes: number[] = [];
  class RecordingBudget extends BodyBudget {
    override take(bytes: number): boolean {
      takes.push(bytes);
      return super.take(bytes);
    }
  }
  const budget = new RecordingBudget(4 * maxBytes);
  const outcomes: string[] = [];
  const http = createServer((request, response) => {
    void readBody(request, response, maxBytes, budget).then(
      // Held for a while, as it is while it is written to Redis.
      (body) => setTimeout(() => (outcomes.push('read'), body.release(), response.end()), 200),
      (error: unknown) => {
        outcomes.push(String(error).replace('RequestFailure: ', ''));
        response.end();
      },
    );
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const bomb = new Uint8Array(gzipSync(' '.repeat(maxBytes)));
  try {
    const headers = { 'Content-Encoding': 'gzip' };
    await Promise.all(Array.from({ length: 40 }, async () => fetch(url, { method: 'POST', headers, body: bomb })));
  } finally {
    http.closeAllConnections();
    http.close();
  }
  expect(outcomes).toHaveLength(40);
  expect(new Set(outcomes)).toContain('too many bodies in memory');
  // Nothing is decompressed that was not taken, but for one piece of each.
  expect(Math.max(...takes)).toBeLessThanOrEqual(2 ** 16);
  expect(budget.take(4 * maxBytes)).toBe(true);
});
