import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, get, type RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { startHttpServer, type HttpServer } from '../src/http-server.js';

const servers: HttpServer[] = [];
const agent = new Agent({ keepAlive: true });
afterEach(async () => {
  agent.destroy();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function start(listener: RequestListener, drainTimeoutMs = 10_000): Promise<HttpServer> {
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, drainTimeoutMs });
  server.serve(listener);
  servers.push(server);
  return server;
}

/** A listener that answers on request, and a promise of the first request. */
function heldListener(): { listener: RequestListener; asked: Promise<void>; answer: () => void } {
  let answer = (): void => undefined;
  let onAsked = (): void => undefined;
  const asked = new Promise<void>((resolve) => (onAsked = resolve));
  const held = new Promise<void>((resolve) => (answer = resolve));
  const listener: RequestListener = (_request, response) => {
    onAsked();
    void held.then(() => response.end('done'));
  };
  return { listener, asked, answer };
}

async function connected(server: HttpServer): Promise<Socket> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

describe('stop', () => {
  it('lets a request in flight end, takes no new ones, and closes its kept-alive connection', async () => {
    const { listener, asked, answer } = heldListener();
    const server = await start(listener);
    const body = new Promise<string>((resolve, reject) => {
      const request = get(server.url, { agent }, (response) => {
        expect(response.headers.connection).toBe('close');
        response.on('data', (chunk: Buffer) => resolve(chunk.toString()));
      });
      request.once('error', reject);
    });
    await asked;
    const stopped = server.stop();
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
    answer();
    expect(await body).toBe('done');
    expect(await stopped).toEqual({ cutOff: 0 });
  });

  it('aborts requests that take too long, and logs how many', async () => {
    const { listener, asked } = heldListener();
    const server = await start(listener, 50);
    const refused = expect(fetch(server.url)).rejects.toThrow('fetch failed');
    await asked;
    expect(await server.stop()).toEqual({ cutOff: 1 });
    await refused;
  });

  it('does not wait for connections without a request', async () => {
    const server = await start(() => undefined, 60_000);
    const socket = await connected(server);
    const closed = once(socket, 'close');
    expect(await server.stop()).toEqual({ cutOff: 0 });
    await closed;
  });
});

describe('startHttpServer', () => {
  it('reports the port in use, and the fix', async () => {
    const { url } = await start(() => undefined);
    const port = Number(new URL(url).port);
    await expect(startHttpServer({ host: '127.0.0.1', port, drainTimeoutMs: 0 })).rejects.toMatchObject({
      code: 'cannot_listen',
      message: `PORT: expected a free port, got ${port}, which another program uses on 127.0.0.1; stop it or set PORT to another`,
    });
  });

  it('reports an address that is not of this machine', async () => {
    // TEST-NET-1: RFC 5737 keeps it from being anybody's.
    await expect(startHttpServer({ host: '192.0.2.1', port: 0, drainTimeoutMs: 0 })).rejects.toMatchObject({
      code: 'cannot_listen',
      message: 'HOST: expected an address or name of this machine, got "192.0.2.1" (EADDRNOTAVAIL)',
    });
  });
});
