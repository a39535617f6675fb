import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { waitFor } from '@redmeter/test-servers';
import { connect, type Socket } from 'node:net';
import { BodyCut, endAnswer, isOver, LimitedServer, readChunks, type Exchange } from '../src/index.js';

const MAX_BYTES = 100_000;
const CHUNK = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
const CHUNKED = 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n';

let server: LimitedServer;
let port: number;
/** How each reading of a body ended. */
let ends: string[];
let bytesRead: number;
const sockets: Socket[] = [];

async function answer({ request, response }: Exchange): Promise<void> {
  let length = 0;
  try {
    await readChunks(request, (chunk) => {
      length += chunk.length;
      bytesRead += chunk.length;
      if (length > MAX_BYTES) throw new RangeError('too long');
    });
    ends.push('read');
    await endAnswer(request, response, Buffer.from(String(length)));
  } catch (error) {
    ends.push(error instanceof BodyCut ? 'cut' : 'too long');
    if (isOver(response)) return;
    response.statusCode = 413;
    await endAnswer(request, response, Buffer.from('no'));
  }
}

beforeEach(async () => {
  ends = [];
  bytesRead = 0;
  const ignore = (): void => undefined;
  server = new LimitedServer(
    { host: '127.0.0.1', port: 0, maxConnections: 64, answerTimeoutMs: 30_000, tls: undefined },
    { answer, onClosed: ignore, onCut: ignore, onRefused: ignore, onError: ignore },
  );
  ({ port } = await server.listen());
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close(0);
});

/** What the server sends until it closes the connection. */
function open(text: string): { readonly socket: Socket; readonly received: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  let all = '';
  socket.on('data', (chunk: Buffer) => (all += String(chunk))).on('error', () => undefined);
  socket.write(text);
  return { socket, received: new Promise((resolve) => socket.once('close', () => resolve(all))) };
}

test('bodies that are too long are answered while they are still sent, and read no further', async () => {
  const answers = await Promise.all(
    Array.from({ length: 64 }, async () => open(CHUNKED + CHUNK.repeat(40) + '0\r\n\r\n').received),
  );
  for (const received of answers) expect(received).toMatch(/^HTTP\/1\.1 413 [^]*\r\nno$/);
  open(`${CHUNKED}0\r\n\r\n`);
  await waitFor(() => ends.includes('read'));
});

test('a body that is too long and never ends is answered and cut', async () => {
  const { received } = open(CHUNKED + CHUNK.repeat(2));
  expect(await received).toMatch(/^HTTP\/1\.1 413 /);
});

test('a body that stalls, also behind another request, gets 408, and its reading ends', async () => {
  const stalled = [
    open(CHUNKED),
    open(CHUNKED + CHUNK),
    open('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc'),
    open('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na' + CHUNKED + CHUNK),
  ];
  const answers = await Promise.all(stalled.map(async ({ received }) => received));
  expect(answers.map((text) => Array.from(text.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status]) => status))).toEqual([
    ['408'],
    ['408'],
    ['408'],
    ['200', '408'],
  ]);
  await waitFor(() => ends.length === 5);
  expect(ends.filter((end) => end === 'cut')).toHaveLength(4);
});

test.each(['end', 'destroy', 'resetAndDestroy'] as const)(
  'the reading of a body ends when its client goes away by %s',
  async (how) => {
    const { socket } = open(CHUNKED + CHUNK);
    await waitFor(() => bytesRead > 0);
    socket[how]();
    await waitFor(() => ends.length === 1);
    expect(ends).toEqual(['cut']);
  },
);

test('a body that is malformed gets 400', async () => {
  expect(await open(`${CHUNKED}zz\r\n`).received).toMatch(/^HTTP\/1\.1 400 /);
  await waitFor(() => ends.length === 1);
});
