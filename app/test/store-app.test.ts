import { waitFor } from '@redmeter/test-servers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import type { HttpServer } from '../src/http-server.js';
import type { StoreMetrics } from '../src/store-metrics.js';
import type { Users } from '../src/users.js';
import { serveStore } from './served-store.js';

interface Recorded {
  readonly events: string[];
  readonly requests: string[];
  users: Users | undefined;
}

/** Keeps what the store records, in place of the library. */
function recorder(): { recorded: Recorded; metrics: StoreMetrics } {
  const recorded: Recorded = { events: [], requests: [], users: undefined };
  return {
    recorded,
    metrics: {
      countEvent: (event) => recorded.events.push(event),
      showUsers: (users) => (recorded.users = users),
      observeRequest: ({ endpoint, method, status, durationMs }) => {
        expect(durationMs).toBeGreaterThan(0);
        recorded.requests.push(`${method} ${endpoint} ${status}`);
      },
    },
  };
}

let server: HttpServer;
let recorded: Recorded;
/** What `simulate` draws next, from 0 to 1. */
let drawn = 0;
/** What a handler waits for before it acts. */
let delay: () => Promise<void>;

beforeEach(async () => {
  const { metrics, ...rest } = recorder();
  ({ recorded } = rest);
  delay = () => Promise.resolve();
  server = await serveStore(
    metrics,
    () => drawn,
    () => delay(),
  );
});
afterEach(() => server.stop());

async function ask(
  method: string,
  path: string,
  init: RequestInit = {},
): Promise<{ response: Response; body: unknown }> {
  const response = await fetch(server.url + path, { method, ...init });
  const text = await response.text();
  return { response, body: text === '' ? undefined : JSON.parse(text) };
}

const get = async (path: string): Promise<unknown> => (await ask('GET', path)).body;

describe('the store', () => {
  it('takes a user from the door to the till, and records it', async () => {
    expect(await get('/api/store/join')).toEqual({
      action: 'join',
      event: 'joined',
      users: { waiting: 1, active: 0, served: 0, left: 0, total: 1 },
    });
    expect(await get('/api/store/look-around')).toMatchObject({
      event: 'looking_around',
      users: { waiting: 0, active: 1 },
    });
    expect(await get('/api/store/served')).toMatchObject({
      event: 'served',
      users: { active: 0, served: 1, total: 1 },
    });
    expect(recorded.events).toEqual(['joined', 'looking_around', 'served']);
    expect(recorded.users).toMatchObject({ waiting: 0, active: 0, served: 1, total: 1 });
    expect(recorded.requests).toEqual(['GET join 200', 'GET look-around 200', 'GET served 200']);
  });

  it.each([
    ['look-around', 'nobody is waiting'],
    ['leave', 'nobody is active'],
    ['served', 'nobody is active'],
  ])('answers 200 to %s in an empty store, says so, and counts no event', async (endpoint, message) => {
    const { response, body } = await ask('GET', `/api/store/${endpoint}`);
    expect(response.status).toBe(200);
    expect(body).toMatchObject({ action: endpoint, event: null, message });
    expect(recorded.events).toEqual([]);
    expect(recorded.requests).toEqual([`GET ${endpoint} 200`]);
  });

  it('answers 500 at error, and records it as a failed request', async () => {
    const { response, body } = await ask('GET', '/api/store/error');
    expect(response.status).toBe(500);
    expect(body).toMatchObject({ error: { code: 'store_error' } });
    expect(recorded.requests).toEqual(['GET error 500']);
  });

  it('plays a failing version: its share of requests answers 500, changes nothing, and is recorded', async () => {
    await server.stop();
    const { metrics, recorded: kept } = recorder();
    server = await serveStore(metrics, undefined, undefined, { version: 'v2', errorRate: 0.5 });
    const answers = [];
    for (let n = 0; n < 4; n += 1) answers.push(await ask('GET', '/api/store/join'));
    expect(answers.map(({ response }) => response.status)).toEqual([200, 500, 200, 500]);
    expect(answers.map(({ response }) => response.headers.get('x-store-version'))).toEqual(['v2', 'v2', 'v2', 'v2']);
    expect(answers[3]?.body).toMatchObject({ error: { code: 'store_error' } });
    expect([kept.events, kept.users]).toMatchObject([['joined', 'joined'], { total: 2 }]);
    expect(kept.requests).toEqual(['GET join 200', 'GET join 500', 'GET join 200', 'GET join 500']);
  });

  it.each([
    [0, 'join', 'joined'],
    [0.26, 'look-around', 'looking_around'],
    [0.51, 'leave', 'left'],
    [0.999, 'served', 'served'],
  ])('simulates one of the actions: drawing %d does %s', async (draw, action, event) => {
    await get('/api/store/join');
    await get('/api/store/join');
    await get('/api/store/look-around');
    drawn = draw;
    expect((await ask('POST', '/api/store/simulate')).body).toMatchObject({ action, event });
    expect(recorded.events.at(-1)).toBe(event);
    expect(recorded.requests.at(-1)).toBe('POST simulate 200');
  });

  it('does nothing for a client that has gone meanwhile, and records its request', async () => {
    let proceed = (): void => undefined;
    const asked = new Promise<void>((onAsked) => {
      delay = () => {
        onAsked();
        return new Promise((resolve) => (proceed = resolve));
      };
    });
    const client = new AbortController();
    const given = expect(fetch(`${server.url}/api/store/join`, { signal: client.signal })).rejects.toThrow('abort');
    await asked;
    client.abort();
    await given;
    await waitFor(() => recorded.requests.length > 0);
    proceed();
    delay = () => Promise.resolve();
    expect(await get('/api/store/look-around')).toMatchObject({ event: null, users: { total: 0 } });
    expect(recorded.requests).toEqual(['GET join 200', 'GET look-around 200']);
    expect(recorded.events).toEqual([]);
  });

  it('is healthy, without a record of it', async () => {
    expect(await get('/healthz')).toEqual({ status: 'ok' });
    expect(recorded.requests).toEqual([]);
  });

  it.each(['/metrics', '/api/metrics', '/api/store/metrics', '/stats'])('has no metrics at %s', async (path) => {
    expect((await ask('GET', path)).response.status).toBe(404);
  });

  it('sends security headers, and does not name its framework', async () => {
    const { headers } = (await ask('GET', '/api/store/join')).response;
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

describe('a wrong request', () => {
  const json = { 'content-type': 'application/json' };

  it.each<[string, string, RequestInit, number, string, string | undefined]>([
    ['POST', '/api/store/join', {}, 405, 'method_not_allowed', 'POST join 405'],
    ['DELETE', '/api/store/served', {}, 405, 'method_not_allowed', 'DELETE served 405'],
    ['OPTIONS', '/api/store/leave', {}, 405, 'method_not_allowed', 'OPTIONS leave 405'],
    ['PROPFIND', '/api/store/leave', {}, 405, 'method_not_allowed', 'PROPFIND leave 405'],
    ['GET', '/api/store/simulate', {}, 405, 'method_not_allowed', 'GET simulate 405'],
    ['DELETE', '/healthz', {}, 405, 'method_not_allowed', undefined],
    ['GET', '/api/store/nothing', {}, 404, 'not_found', 'GET unknown 404'],
    ['GET', '/api/store/JOIN', {}, 404, 'not_found', 'GET unknown 404'],
    ['GET', '/api/store', {}, 404, 'not_found', 'GET unknown 404'],
    ['PUT', '/api/elsewhere', {}, 404, 'not_found', 'PUT unknown 404'],
    ['GET', '/', {}, 404, 'not_found', undefined],
    ['GET', '/api/store/%E0%A4', {}, 400, 'malformed_request', 'GET unknown 400'],
    ['GET', '/%zz', {}, 400, 'malformed_request', undefined],
    ['POST', '/api/store/simulate', { headers: json, body: '{' }, 400, 'malformed_request', 'POST simulate 400'],
    [
      'POST',
      '/api/store/simulate',
      { headers: json, body: `"${'x'.repeat(20_000)}"` },
      413,
      'body_too_large',
      'POST simulate 413',
    ],
    [
      'POST',
      '/api/store/simulate',
      { headers: { 'content-type': 'application/json; charset=koi8-r' }, body: '{}' },
      415,
      'unsupported_media_type',
      'POST simulate 415',
    ],
  ])('%s %s %j is answered with %d %s', async (method, path, init, status, code, request) => {
    const { response, body } = await ask(method, path, init);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(body).toEqual({ error: { code, message: expect.any(String) } });
    expect(recorded.requests).toEqual(request === undefined ? [] : [request]);
    expect(recorded.events).toEqual([]);
  });

  it('names the method that is allowed', async () => {
    expect((await ask('POST', '/api/store/join')).response.headers.get('allow')).toBe('GET');
    expect((await ask('GET', '/api/store/simulate')).response.headers.get('allow')).toBe('POST');
  });

  it('adds no user for HEAD', async () => {
    expect((await ask('HEAD', '/api/store/join')).response.status).toBe(405);
    expect(recorded.events).toEqual([]);
    expect(recorded.requests).toEqual(['HEAD join 405']);
  });

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'malformed_request'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'malformed_request',
    ],
    ['huge headers', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
  ])('that is %s gets JSON too, and the connection is closed', async (_what, bytes, status, code) => {
    const answer = await new Promise<string>((resolve, reject) => {
      let received = '';
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(bytes));
      socket.on('data', (chunk) => (received += chunk.toString()));
      socket.on('error', reject);
      socket.on('close', () => resolve(received));
    });
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain('Content-Type: application/json; charset=utf-8');
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
    expect(JSON.parse(body)).toEqual({ error: { code, message: expect.any(String) } });
  });
});
