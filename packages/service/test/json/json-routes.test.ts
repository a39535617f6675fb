import { waitFor } from '@redmeter/test-servers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { connect } from 'node:net';
import { ask, startTestService, type TestService } from '../test-service.js';

let service: TestService;
beforeAll(async () => (service = await startTestService()));
afterAll(() => service.stop());

const post = (path: string, body: unknown, headers?: Record<string, string>) => ask(service.url + path, body, headers);

describe('lookup', () => {
  it('answers the version that the store names, and notes the user soon after', async () => {
    const { version, signature } = await service.store.lookup('shop', 'eve');
    expect(await post('/v1/lookup', { application: 'shop', user: 'eve' })).toMatchObject({
      status: 200,
      json: { application: 'shop', user: 'eve', version, signature, versionNumber: version === 'v1' ? 0 : 1 },
    });
    await service.store.setVersions('noted', [{ version: 'only', signature: 's', weight: 1 }]);
    await post('/v1/lookup', { application: 'noted', user: 'ann' });
    await waitFor(
      async () => (await service.store.aggregate('noted', { version: 'only', signature: 's' })).numUsers === 1,
    );
  });

  it('knows an application that was set just now, and its new weights soon after', async () => {
    await service.store.setVersions('new', [{ version: 'a', signature: '', weight: 1 }]);
    expect(await post('/v1/lookup', { application: 'new', user: 'ann' })).toMatchObject({ json: { version: 'a' } });
    await service.store.setVersions('new', [
      { version: 'a', signature: '', weight: 0 },
      { version: 'b', signature: '', weight: 1 },
    ]);
    await waitFor(
      async () =>
        ((await post('/v1/lookup', { application: 'new', user: 'ann' })).json as { version: string }).version === 'b',
    );
  });
});

describe('metrics', () => {
  it('stores a value once, however often its transaction is sent', async () => {
    await service.store.setVersions('once', [{ version: 'v', signature: '', weight: 1 }]);
    const value = { application: 'once', user: 'ann', metric: 'spent', value: 12.5 };
    for (const transaction of ['t1', 't1', 't2', 't1']) {
      expect(await post('/v1/metrics', { ...value, transaction })).toMatchObject({ status: 204, json: '' });
    }
    await post('/v1/metrics', value);
    const { metrics } = await service.store.aggregate('once', { version: 'v', signature: '' });
    expect(metrics['spent']?.overTransactions).toMatchObject({ count: 3, mean: 12.5 });
    expect((await ask(`${service.url}/v1/applications/once/metrics`)).json).toMatchObject({
      application: 'once',
      builds: [
        { version: 'v', signature: '', numUsers: 1, metrics: { spent: { overUsers: { count: 1, mean: 37.5 } } } },
      ],
    });
  });

  it('stores a value for the version that the client names', async () => {
    await post('/v1/metrics', { application: 'shop', user: 'ann', metric: 'named', value: -1, version: 'v2' });
    expect(
      (await service.store.aggregate('shop', { version: 'v2', signature: '9f2c1' })).metrics['named'],
    ).toBeDefined();
    expect(
      await post('/v1/metrics', { application: 'shop', user: 'ann', metric: 'named', value: 1, version: 'v9' }),
    ).toMatchObject({
      status: 404,
      json: { message: 'expected a version of shop, one of v1, v2, got "v9"' },
    });
  });
});

describe('applications', () => {
  it('lists them, and shows versions with their shares', async () => {
    expect(((await ask(`${service.url}/v1/applications`)).json as { applications: string[] }).applications).toContain(
      'shop',
    );
    expect(await ask(`${service.url}/v1/applications/shop`)).toMatchObject({
      status: 200,
      json: {
        application: 'shop',
        versions: [
          { version: 'v1', signature: '', weight: 80, share: 0.8 },
          { version: 'v2', signature: '9f2c1', weight: 20, share: 0.2 },
        ],
      },
    });
    expect(await ask(`${service.url}/v1/applications/default%2Fshop`)).toMatchObject({ json: { application: 'shop' } });
  });
});

describe('bad requests', () => {
  it.each([
    ['/v1/lookup', '{"application":', 400, /expected JSON in UTF-8/],
    ['/v1/lookup', [], 400, /the body: /],
    ['/v1/lookup', { user: 'ann' }, 400, /^application: expected a string/],
    ['/v1/lookup', { application: 'shop', user: 5 }, 400, /^user: expected a string/],
    ['/v1/lookup', { application: 'shop', user: null }, 400, /^user: expected a string/],
    ['/v1/lookup', { application: 'shop', user: '' }, 400, /^user: expected a string of 1 to 200 bytes/],
    ['/v1/lookup', { application: 'shop', user: 'a\u0000b' }, 400, /without control characters/],
    ['/v1/lookup', { application: 'shop', user: 'ann', age: 3 }, 400, /age/],
    ['/v1/lookup', { application: 'nowhere', user: 'ann' }, 404, /got "nowhere"/],
    ['/v1/metrics', { application: 'shop', user: 'ann', metric: 'm', value: '1' }, 400, /^value: expected a number/],
    ['/v1/metrics', { application: 'shop', user: 'ann', metric: 'm', value: 1e101 }, 400, /^value: /],
    ['/v1/metrics', `{"application":"shop","user":"ann","metric":"m","value":1e400}`, 400, /^value: /],
    ['/v1/metrics', 'x'.repeat(70_000), 413, /at most 65536 bytes/],
  ])('%s %#', async (path, body, status, message) => {
    expect(await post(path, body)).toMatchObject({
      status,
      json: { code: expect.any(String), message: expect.stringMatching(message) },
    });
  });

  it('of another type, method, path, or several Host headers', async () => {
    expect(await post('/v1/lookup', '{}', { 'Content-Type': 'text/plain' })).toMatchObject({ status: 415 });
    const deleted = await fetch(`${service.url}/v1/lookup`, { method: 'DELETE' });
    expect([deleted.status, deleted.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await ask(`${service.url}/v1/nowhere`)).toMatchObject({ status: 404, json: { code: 'not-found' } });
    expect(await ask(`${service.url}/v1/applications/%ff`)).toMatchObject({ status: 404 });
  });

  it('under the name of another host', async () => {
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      request(`${service.url}/v1/applications`, { headers: { Host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(answer).toBe(421);
  });
});

it('takes a body that comes in pieces after 100 Continue', async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const sent = request(
      `${service.url}/v1/lookup`,
      { method: 'POST', headers: { 'Content-Type': 'application/json', Expect: '100-continue' } },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    sent.on('error', reject).on('continue', () => {
      sent.write('{"application":"shop",');
      sent.end('"user":"ann"}');
    });
    sent.flushHeaders();
  });
  expect(status).toBe(200);
});

it('answers bodies that are too long or stall while they are sent, each on its own connection', async () => {
  const chunk = `8000\r\n${' '.repeat(0x8000)}\r\n`;
  const exchange = async (chunks: number): Promise<string> =>
    new Promise((resolve) => {
      let received = '';
      const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
      socket.on('data', (bytes: Buffer) => (received += String(bytes)));
      socket.on('error', () => undefined).on('close', () => resolve(received));
      socket.write(
        'POST /v1/lookup HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n' +
          chunk.repeat(chunks),
      );
    });
  const answers = await Promise.all(Array.from({ length: 60 }, async (_, i) => exchange(i % 2 === 0 ? 1 : 40)));
  answers.forEach((answer, i) =>
    expect(answer).toMatch(i % 2 === 0 ? /^HTTP\/1\.1 408 / : /^HTTP\/1\.1 413 [^]*too-long/),
  );
  expect(await ask(`${service.url}/healthz`)).toMatchObject({ status: 200 });
  expect(service.log).toEqual([]);
});

it('describes itself, tells its health, and counts what it does', async () => {
  const document = (await ask(`${service.url}/openapi.json`)).json as {
    openapi: string;
    paths: Record<string, unknown>;
  };
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(['/v1/lookup', '/v1/metrics', '/ofrep/v1/evaluate/flags/{key}', '/openapi.json']),
  );
  expect(await ask(`${service.url}/healthz`)).toMatchObject({ status: 200, json: 'ok\n' });
  await post('/v1/lookup', { application: 'shop', user: 'ann' });
  const metrics = String((await ask(`${service.url}/metrics`)).json);
  expect(metrics).toMatch(/^redmeter_service_requests_total\{operation="POST \/v1\/lookup",outcome="ok"\} [1-9]/m);
  expect(metrics).toMatch(/^redmeter_service_request_duration_seconds_count\{operation="POST \/v1\/lookup"\} [1-9]/m);
  expect(metrics).toMatch(/^redmeter_service_weights_age_seconds \d/m);
  expect(metrics).toMatch(/^redmeter_service_process_cpu_seconds_total \d/m);
});
