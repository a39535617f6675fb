import { beforeAll, describe, expect, it } from '@jest/globals';
import { makeSelfSignedCertificate, waitFor } from '@redmeter/test-servers';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import { hashSync } from 'bcrypt';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { writeIndexed } from '../../reading/redis-state.js';
import { startTestExporter, type TestExporter, type TestOptions } from '../../test-exporter.js';
import { connectRaw, statusesIn, type RawConnection } from '../raw-connection.js';

const server = useRedisServer();
const folder = temporaryFolder();
let exporter: TestExporter | undefined;
const connections: RawConnection[] = [];
beforeAll(() => {
  makeSelfSignedCertificate(folder, 'server');
});

async function withExporter(options: TestOptions, test: (exporter: TestExporter) => Promise<void>): Promise<void> {
  exporter = await startTestExporter(server.url, options);
  try {
    await test(exporter);
  } finally {
    for (const { socket } of connections.splice(0)) socket.destroy();
    await exporter.stop();
  }
}

/** Connections that were each asked this and got their answer, or did not ask at all. */
async function open(url: string, count: number, text = ''): Promise<RawConnection[]> {
  const opened = await Promise.all(Array.from({ length: count }, async () => connectRaw(url)));
  connections.push(...opened);
  for (const connection of opened) {
    connection.send(text);
    if (text.endsWith('\r\n\r\n')) await connection.untilReceived(/^HTTP/);
  }
  return opened;
}

const ask = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;

describe('at the limit of connections', () => {
  it.each([
    ['asked for health once', ask('/healthz')],
    ['asked for metrics once', ask('/metrics')],
    ['asked for what is not there', ask('/nothing')],
    ['asked by another name', ask('/metrics').replace('localhost', 'rebound.example')],
    ['asked for nothing', ''],
    ['never end their request', 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n'],
  ])('those that %s make room', async (_what, text) => {
    await withExporter({}, async (started) => {
      const { url } = started;
      const idle = await open(url, 64, text);
      expect(await started.metrics()).toContain('redmeter_up 1\n');
      // On a busy machine one may have had 503, which ends it: then more are needed to reach the limit.
      await waitFor(async () => {
        await open(url, 1);
        return /^redmeter_exporter_closed_connections_total\{reason="idle"\} [1-9]/m.test(await started.metrics());
      });
      await waitFor(() => idle.some(({ isClosed }) => isClosed));
    });
  });

  it('the one that is idle longest makes room, those under way stay', async () => {
    await withExporter({ maxConnections: 4 }, async ({ url }) => {
      const [busy] = await open(url, 1, ask('/page/events'));
      const [first] = await open(url, 1, ask('/healthz'));
      const [second] = await open(url, 1, ask('/healthz'));
      const [third] = await open(url, 1, ask('/healthz'));
      // The first is not idle longest any more.
      first?.send(ask('/healthz'));
      await waitFor(() => statusesIn(first?.received ?? '').length === 2);
      await open(url, 1, ask('/healthz'));
      await second?.untilClosed();
      await open(url, 1, ask('/healthz'));
      await third?.untilClosed();
      expect([busy?.isClosed, first?.isClosed]).toEqual([false, false]);
    });
  });

  it('a new one is refused where all are under way', async () => {
    await withExporter({ maxConnections: 8 }, async ({ url }) => {
      process.kill(server.pid, 'SIGSTOP');
      try {
        // The second request is begun when the first is answered.
        const busy = await open(url, 8, ask('/healthz') + ask('/metrics'));
        const [more] = await open(url, 1);
        expect(await more?.untilClosed()).toBe('');
        expect(busy.map(({ isClosed }) => isClosed)).not.toContain(true);
      } finally {
        process.kill(server.pid, 'SIGCONT');
      }
    });
  });

  it('those that do not read their answers make room where none is idle', async () => {
    const redis = await server.connect();
    const filler = 'x'.repeat(1000);
    const values = Array.from({ length: 10_000 }, (_, i) => [`metrics:gauge:big:i=${i},t=${filler}`, '1']);
    await redis.mset(values.flat());
    await withExporter({ maxConnections: 4, withPage: false }, async ({ url }) => {
      const slow = await Promise.all(Array.from({ length: 4 }, async () => connectRaw(url)));
      connections.push(...slow);
      for (const { socket } of slow) {
        socket.pause();
        socket.write(ask('/metrics'));
      }
      await waitFor(() => slow.every(({ socket }) => socket.bytesRead > 0));
      const text = await waitFor(async () => {
        try {
          const answer = await (await fetch(`${url}/metrics`, { headers: { connection: 'close' } })).text();
          return /^redmeter_exporter_closed_connections_total\{reason="slow"\} [1-9]/m.test(answer)
            ? answer
            : undefined;
        } catch {
          return undefined;
        }
      });
      expect(text).toContain('redmeter_up 1\n');
    });
    await redis.flushall();
  });

  it('those without a TLS handshake, and those with one, make room for others', async () => {
    const webConfigFile = join(folder, 'web.yml');
    writeFileSync(webConfigFile, 'tls_server_config: { cert_file: server.crt, key_file: server.key }\n');
    await withExporter({ maxConnections: 8, webConfigFile }, async ({ url }) => {
      const silent = await open(url.replace('https', 'http'), 4);
      const idle = await open(url, 4, ask('/healthz'));
      const agent = new Agent({ keepAlive: false, rejectUnauthorized: false });
      for (let i = 0; i < 8; i += 1) {
        const [answer] = (await once(request(`${url}/metrics`, { agent }).end(), 'response')) as [
          NodeJS.ReadableStream & { readonly statusCode: number },
        ];
        expect(answer.statusCode).toBe(200);
        answer.resume();
        await once(answer, 'end');
      }
      // One at least was in the way of the first.
      await waitFor(() => [...silent, ...idle].some(({ isClosed }) => isClosed));
    });
  });
});

describe('a connection that is kept', () => {
  it.each([
    ['/metrics', 75],
    ['/healthz', 5],
    ['/nothing', 5],
  ])('after %s lasts %i s, as its headers have it', async (path, seconds) => {
    await withExporter({}, async ({ url }) => {
      const answer = await fetch(url + path);
      await answer.text();
      expect(answer.headers.get('keep-alive')).toBe(`timeout=${seconds}`);
    });
  });

  it('is closed soon after a wrong login, and after health', async () => {
    const webConfigFile = join(folder, 'users.yml');
    writeFileSync(webConfigFile, `basic_auth_users: { alice: ${hashSync('open sesame', 4)} }\n`);
    await withExporter({ webConfigFile }, async ({ url }) => {
      const login = (password: string): string =>
        ask('/metrics', `Authorization: Basic ${Buffer.from(`alice:${password}`).toString('base64')}\r\n`);
      const [right] = await open(url, 1, login('open sesame'));
      const [wrong] = await open(url, 1, login('wrong'));
      const [health] = await open(url, 1, ask('/healthz'));
      expect(statusesIn((await wrong?.untilClosed()) ?? '')).toEqual([401]);
      expect(statusesIn((await health?.untilClosed()) ?? '')).toEqual([200]);
      expect(right?.isClosed).toBe(false);
    });
  });

  it('is closed after HTTP/1.0, and if the client requests it', async () => {
    await withExporter({}, async ({ url }) => {
      const [old] = await open(url, 1, 'GET /healthz HTTP/1.0\r\n\r\n');
      const [last] = await open(url, 1, ask('/healthz', 'Connection: close\r\n'));
      expect(await old?.untilClosed()).toContain('Connection: close\r\n');
      expect(await last?.untilClosed()).toContain('Connection: close\r\n');
    });
  });
});

it('a connection that scrapes is kept, however many others come', async () => {
  await withExporter({ maxConnections: 4 }, async ({ url }) => {
    const redis = await server.connect();
    await writeIndexed(redis, { 'metrics:counter:jobs_total': '5' });
    const [scraper] = await open(url, 1);
    for (let i = 1; i <= 5; i += 1) {
      await open(url, 3, ask('/healthz'));
      scraper?.send(ask('/metrics'));
      await waitFor(() => scraper?.received.match(/^jobs_total 5$/gm)?.length === i);
    }
  });
});
