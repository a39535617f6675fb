import { afterEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import type { Socket } from 'node:net';
import { httpEngine } from '../../../../src/load/http/http-engine.js';
import type { HttpLoadPlan } from '../../../../src/load/http/http-load-plan.js';
import type { RequestOutcome } from '../../../../src/load/load-engine.js';
import { startHttpServer } from '../../../servers/http-test-server.js';
import { startRawServer } from '../../../servers/raw-server.js';

const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

async function serve(...handlers: Parameters<typeof startRawServer>): Promise<string> {
  const server = await startRawServer(...handlers);
  closings.push(() => server.close());
  return server.url;
}

async function load(plan: Partial<HttpLoadPlan> & { url: string }): Promise<RequestOutcome[]> {
  const outcomes: RequestOutcome[] = [];
  await httpEngine(
    {
      method: 'GET',
      headers: {},
      connections: 2,
      ratePerSecond: null,
      limit: { kind: 'requests', count: 12 },
      // Long: a known problem is reported at once, not as a timeout.
      timeoutMs: 300_000,
      acceptsAnyCertificate: false,
      ...plan,
    },
    (outcome) => outcomes.push(outcome),
    new AbortController().signal,
  );
  return outcomes;
}

/** What a request came to: a status, or `error`. */
function shortOf(outcome: RequestOutcome): number | 'error' {
  return outcome.kind === 'answer' ? outcome.statusCode : 'error';
}

/** What curl makes of an answer: its status, or `error`. */
function askCurl(url: string, method: HttpLoadPlan['method']): Promise<number | 'error'> {
  const options = ['-sS', '-m', '30', '-o', '/dev/null', '-w', '%{http_code}'];
  return new Promise((resolve) => {
    execFile('curl', [...options, ...(method === 'HEAD' ? ['--head'] : []), url], (error, out) =>
      resolve(error === null ? Number(out) : 'error'),
    );
  });
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

type Answer = string | ((socket: Socket) => void);
const closedAfter =
  (bytes: string): Answer =>
  (socket) =>
    socket.end(Buffer.from(bytes, 'latin1'));
const inPieces =
  (bytes: string): Answer =>
  (socket) => {
    const pieces = [...Buffer.from(bytes, 'latin1')];
    const next = (): void => {
      const byte = pieces.shift();
      if (byte !== undefined && !socket.destroyed) socket.write(Buffer.from([byte]), () => setImmediate(next));
    };
    next();
  };

function write(socket: Socket, answer: Answer): void {
  if (typeof answer === 'string') socket.write(Buffer.from(answer, 'latin1'));
  else answer(socket);
}

type Case = readonly [name: string, answer: Answer, result: number | 'error', method?: HttpLoadPlan['method']];

// What curl does is asked of curl itself.
const LIKE_CURL: readonly Case[] = [
  ['an answer', OK, 200],
  ['an answer byte by byte', inPieces(OK), 200],
  ['a second answer', OK + OK, 200],
  ['a second answer that is an error', `${OK}HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n`, 200],
  ['bytes behind an answer', `${OK}garbage`, 200],
  ['bytes behind an answer byte by byte', inPieces(`${OK}garbage`), 200],
  ['304 with the length of what it does not send', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n', 304],
  ['304 with a body all the same', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\nok', 304],
  ['304 with chunks announced', 'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n', 304],
  ['204', 'HTTP/1.1 204 No Content\r\n\r\n', 204],
  ['204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', 204],
  ['204 with a body', 'HTTP/1.1 204 No Content\r\n\r\nbody', 204],
  ['205 with a body', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nok', 205],
  ['the answer to a HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n', 200, 'HEAD'],
  ['the answer to a HEAD without a length', 'HTTP/1.1 200 OK\r\n\r\n', 200, 'HEAD'],
  ['the answer to a HEAD with chunks announced', CHUNKED, 200, 'HEAD'],
  ['100 before the answer', `HTTP/1.1 100 Continue\r\n\r\n${OK}`, 200],
  ['102 before the answer', `HTTP/1.1 102 Processing\r\n\r\n${OK}`, 200],
  ['several interim answers', `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${OK}`, 200],
  ['an unknown interim answer with a length', `HTTP/1.1 199 Odd\r\nContent-Length: 3\r\n\r\n${OK}`, 200],
  ['interim answers byte by byte', inPieces(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n${OK}`), 200],
  ['a closed connection behind an interim answer', closedAfter('HTTP/1.1 103 Early Hints\r\n\r\n'), 'error'],
  ['chunks', `${CHUNKED}2\r\nok\r\n0\r\n\r\n`, 200],
  ['chunks byte by byte', inPieces(`${CHUNKED}2\r\nok\r\n1;name=value\r\n!\r\n0\r\n\r\n`), 200],
  ['chunks with spaces behind their size', `${CHUNKED}2  \r\nok\r\n0\r\n\r\n`, 200],
  ['chunks and a length', `HTTP/1.1 200 OK\r\nContent-Length: 5\r\n${CHUNKED.slice(17)}2\r\nok\r\n0\r\n\r\n`, 200],
  ['trailers', `${CHUNKED}2\r\nok\r\n0\r\nX-Sum: 1\r\nLocation: /\r\n\r\n`, 200],
  ['bytes behind trailers', `${CHUNKED}0\r\nX-Sum: 1\r\n\r\ngarbage`, 200],
  ['a chunk of no size', `${CHUNKED}zz\r\nok\r\n0\r\n\r\n`, 'error'],
  ['chunks cut off', closedAfter(`${CHUNKED}2\r\nok\r\n`), 'error'],
  ['trailers cut off', closedAfter(`${CHUNKED}0\r\nX-Sum: 1\r\n`), 'error'],
  ['a body that the connection ends', closedAfter('HTTP/1.1 200 OK\r\n\r\nuntil the end'), 200],
  ['a body cut off', closedAfter('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'), 'error'],
  ['a reset', (socket) => socket.resetAndDestroy(), 'error'],
  ['a connection closed without an answer', closedAfter(''), 'error'],
  ['Connection: close', closedAfter(OK.replace('\r\n', '\r\nConnection: close\r\n')), 200],
  ['Connection: close and another answer', OK.replace('\r\n', '\r\nConnection: close\r\n') + OK, 200],
  ['a connection closed behind the answer, unannounced', closedAfter(OK), 200],
  ['HTTP/1.0', closedAfter('HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'), 200],
  [
    'HTTP/1.0 that keeps its connection',
    OK.replace('1.1', '1.0').replace('\r\n', '\r\nConnection: keep-alive\r\n'),
    200,
  ],
  ['HTTP/0.9', closedAfter('hello'), 'error'],
  ['HTTP/1.2', OK.replace('1.1', '1.2'), 'error'],
  ['lines that end with LF alone', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', 200],
  ['a status without a reason', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', 200],
  ['the status 999', OK.replace('200', '999'), 999],
  ['the status 0', OK.replace('200', '000'), 'error'],
  ['the status 99', OK.replace('200', '99'), 'error'],
  ['a status of four digits', OK.replace('200', '1000'), 'error'],
  ['a negative length', OK.replace('2\r\n\r\n', '-1\r\n\r\n'), 'error'],
  ['a length of letters', OK.replace('2\r\n\r\n', 'abc\r\n\r\n'), 'error'],
  ['a line without a colon', OK.replace('\r\n', '\r\nnocolon\r\n'), 'error'],
  ['a folded line', OK.replace('\r\n', '\r\nX-Long: a\r\n b\r\n'), 200],
  ['bytes beyond ASCII', OK.replace('\r\n', '\r\nX-Name: \xc3\xa4\x01\r\n'), 200],
  ['a head of 90 kB', OK.replace('\r\n', `\r\nX-Long: ${'a'.repeat(90_000)}\r\n`), 200],
  ['an offer to upgrade', OK.replace('\r\n', '\r\nUpgrade: h2\r\nConnection: Upgrade\r\n'), 200],
];

// Where curl waits, or takes what RFC 9110 lets a client refuse (two lengths, section 8.6).
const UNLIKE_CURL: readonly Case[] = [
  [
    '101, which nobody asked for',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nxyz',
    101,
  ],
  ['two lengths', OK.replace('\r\n', '\r\nContent-Length: 2\r\n'), 'error'],
  ['a length without bound', OK.replace('2\r\n\r\n', '99999999999999999999999\r\n\r\n'), 'error'],
  ['HTTP/2 in words', OK.replace('1.1', '2'), 'error'],
  ['a head without end', OK.replace('\r\n', `\r\nX-Long: ${'a'.repeat(400_000)}`), 'error'],
  ['a status line cut off', closedAfter('HTTP/1.1 200 OK\r\nConten'), 'error'],
];

describe('what the HTTP engine makes of answers', () => {
  it.each(LIKE_CURL)('curl makes the same of %s', async (_name, answer, result, method = 'GET') => {
    expect(await askCurl(await serve((socket) => write(socket, answer)), method)).toBe(result);
  });

  it.each([...LIKE_CURL, ...UNLIKE_CURL])(
    'takes %s each time for what it is',
    async (_name, answer, result, method = 'GET') => {
      for (const followsRedirects of [false, true]) {
        const outcomes = await load({ url: await serve((socket) => write(socket, answer)), method, followsRedirects });
        expect(outcomes.map(shortOf)).toEqual(new Array(12).fill(result));
      }
    },
  );

  it.each([...LIKE_CURL, ...UNLIKE_CURL])(
    'lets %s cost no other request',
    async (_name, answer, result, method = 'GET') => {
      const plain = method === 'HEAD' ? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n' : OK;
      const url = await serve((socket, request) => write(socket, request % 4 === 1 ? answer : plain));
      for (const connections of [1, 3]) {
        const results = (await load({ url, method, connections })).map(shortOf);
        expect(results.sort()).toEqual([...new Array<number>(9).fill(200), result, result, result].sort());
      }
    },
  );
});

describe('a request whose answer comes before all of it was sent', () => {
  const TOO_LARGE = 'HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n';
  const body = Buffer.alloc(8 * 2 ** 20, 'x');

  it.each<[string, (socket: Socket) => void]>([
    ['closes', (socket) => socket.end(TOO_LARGE)],
    ['reads on', (socket) => socket.write(TOO_LARGE)],
    ['reads no more', (socket) => socket.pause().write(TOO_LARGE)],
  ])('has that answer, when the server %s', async (_name, answer) => {
    const url = await serve(
      () => undefined,
      (socket) => socket.once('data', () => answer(socket)),
    );
    const outcomes = await load({ url, method: 'POST', body, limit: { kind: 'requests', count: 6 } });
    expect(outcomes.map(shortOf)).toEqual(new Array(6).fill(413));
  });

  it('has that answer or fails, and costs no other, when the server resets the connection', async () => {
    const url = await serve(
      (socket) => socket.write(OK),
      (socket, connection) => {
        if (connection === 1) socket.once('data', () => socket.write(TOO_LARGE, () => socket.resetAndDestroy()));
      },
    );
    const outcomes = await load({ url, method: 'POST', body, limit: { kind: 'requests', count: 6 } });
    const results = outcomes.map(shortOf);
    expect(results.filter((result) => result === 200)).toHaveLength(5);
    expect([413, 'error']).toContain(results.find((result) => result !== 200));
  });
});

describe('a connection that waits for the next request', () => {
  // The next request is due long after the connection was disturbed, on a busy machine, too.
  const paced = { connections: 1, ratePerSecond: 4, limit: { kind: 'requests', count: 6 } } as const;

  it.each<[string, (socket: Socket) => void]>([
    ['is closed', (socket) => socket.end()],
    ['is reset', (socket) => socket.resetAndDestroy()],
    [
      'gets an answer to nothing',
      (socket) => socket.write('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n'),
    ],
    ['gets garbage', (socket) => socket.write('garbage')],
  ])('costs no request when it %s', async (_name, disturb) => {
    const url = await serve((socket) => {
      socket.write(OK);
      setTimeout(() => disturb(socket), 20);
    });
    expect((await load({ url, ...paced })).map(shortOf)).toEqual(new Array(6).fill(200));
  });

  it('is not used when the server is about to close it, as it announced', async () => {
    let opened = 0;
    const url = await serve(
      (socket) => socket.write(OK.replace('\r\n', '\r\nKeep-Alive: timeout=1\r\n')),
      () => (opened += 1),
    );
    const outcomes = await load({ url, ...paced, ratePerSecond: 1, limit: { kind: 'requests', count: 3 } });
    expect([outcomes.map(shortOf), opened]).toEqual([[200, 200, 200], 3]);
  });

  it('is opened again when the server speaks first', async () => {
    const url = await serve(
      () => undefined,
      (socket) => socket.end(OK.replace('\r\n', '\r\nConnection: close\r\n')),
    );
    expect((await load({ url })).map(shortOf)).toEqual(new Array(12).fill(200));
  });
});

describe('a request that fails before it is sent', () => {
  it.each([[{}], [{ ratePerSecond: 100 }], [{ followsRedirects: true }]])(
    'says that its host is not known, not that time ran out: %j',
    async (pace) => {
      const outcomes = await load({ url: 'http://no-such-host.invalid/', ...pace });
      expect(outcomes).toHaveLength(12);
      const reason: unknown = expect.stringMatching(/^(?:ENOTFOUND|EAI_AGAIN)$/);
      for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'failure', reason });
    },
  );

  it('reports that the server does not speak TLS', async () => {
    const server = await startHttpServer((_request, response) => response.end());
    closings.push(() => server.close());
    const outcomes = await load({ url: server.url.replace('http:', 'https:') });
    const reasons = outcomes.map((outcome) => (outcome.kind === 'failure' ? outcome.reason : 'answer'));
    expect([reasons.length, new Set(reasons)]).toEqual([12, new Set([expect.stringMatching(/SSL|TLS|EPROTO/)])]);
  });
});
