import { afterEach, describe, expect, it } from '@jest/globals';
import { freePort, startRedisServer } from '@redmeter/test-servers';
import { makeCommandFolder } from '../cli/command-run.js';
import { startHttpServer } from '../servers/http-test-server.js';

const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

async function ready(inputs: string): Promise<{ code: number; err: string }> {
  const folder = makeCommandFolder({ REDIS_SECRET: 'pa55' });
  await folder.write('experiment.yaml', `- task: ready\n  with: ${inputs}\n`);
  return folder.run('run');
}

describe('ready', () => {
  it('waits for a web server that is still starting', async () => {
    let asked = 0;
    const server = await startHttpServer((_request, response) => {
      asked += 1;
      response.statusCode = asked < 3 ? 503 : 200;
      response.end();
    });
    closings.push(() => server.close());
    expect((await ready(`{url: "${server.url}", timeout: 20s}`)).code).toBe(0);
    expect(asked).toBe(3);
  });

  it('uses the user and the password of the URL', async () => {
    const server = await startHttpServer((request, response) => {
      const expected = `Basic ${Buffer.from('me:pa55').toString('base64')}`;
      response.writeHead(request.headers.authorization === expected ? 200 : 401).end();
    });
    closings.push(() => server.close());
    const inputs = `{url: "${server.url.replace('://', '://me:${REDIS_SECRET}@')}", timeout: 20s}`;
    expect((await ready(inputs)).code).toBe(0);
  });

  it('waits for a port and for Redis that open later', async () => {
    const port = await freePort();
    const waiting = Promise.all([
      ready(`{tcp: "127.0.0.1:${port}", timeout: 20s}`),
      ready(`{redis: "redis://127.0.0.1:${port}", timeout: 20s}`),
    ]);
    const server = await startRedisServer({ port });
    closings.push(() => server.stop());
    expect((await waiting).map(({ code }) => code)).toEqual([0, 0]);
  });

  it.each([
    [
      '{url: "http://127.0.0.1:1?key=pa55", timeout: 400ms}',
      /expected http:\/\/127\.0\.0\.1:1\/ to be ready within 0\.4 s, got .+/,
    ],
    [
      '{url: "http://me:${REDIS_SECRET}@127.0.0.1:1", timeout: 400ms}',
      /expected http:\/\/127\.0\.0\.1:1\/ to be ready within 0\.4 s, got .+/,
    ],
    [
      '{tcp: "127.0.0.1:1", timeout: 400ms}',
      /expected 127\.0\.0\.1:1 to be ready within 0\.4 s, got connect ECONNREFUSED/,
    ],
    [
      '{redis: "redis://:${REDIS_SECRET}@127.0.0.1:1", timeout: 400ms}',
      /expected Redis at 127\.0\.0\.1:1 to be ready within 0\.4 s, got connect ECONNREFUSED/,
    ],
  ])('fails the run when it cannot be: %s', async (inputs, message) => {
    const { code, err } = await ready(inputs);
    expect([code, err]).toEqual([3, expect.stringMatching(message)]);
    expect(err).not.toContain('pa55');
  });

  it('requires exactly one target', async () => {
    const { code, err } = await ready('{timeout: 1s}');
    expect([code, err]).toEqual([2, expect.stringContaining('expected one of url, tcp, redis and resource')]);
  });
});
