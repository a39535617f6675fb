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

  /** Fills the memory with eight bodies that stall. Of nine one too many gets 503, and gives its own part back. */
  async function fill(): Promise<{ readonly held: readonly RawConnection[]; readonly refused: string }> {
    const all = await sendAll(9, chunkOf(2 ** 20 - 64));
    await waitFor(() => all.some(({ received }) => received !== ''));
    const [refused, ...others] = all.filter(({ received }) => received !== '');
    expect(others).toEqual([]);
    return { held: all.filter((one) => one !== refused), refused: (await refused?.untilClosed()) ?? '' };
  }

  test('for which there is no memory are to be sent again, and those that stall or lose their clients give theirs back', async () => {
    const { held, refused } = await fill();
    expect(refused).toMatch(/^HTTP\/1\.1 503 [^]*Retry-After: 1[^]*Connection: close[^]*too many bodies in memory/);
    const [first, second, ...stalled] = held;
    first?.socket.destroy();
    second?.socket.end();
    for (const answer of await Promise.all(stalled.map(text))) expect(statusesIn(answer)).toEqual([408]);
    expect(await isHealthy()).toBe(true);

    // All of it is there again.
    const again = await fill();
    expect(statusesIn(again.refused)).toEqual([503]);
    for (const { socket } of again.held) socket.destroy();
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
