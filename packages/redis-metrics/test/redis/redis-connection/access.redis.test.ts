import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  makeCertificates,
  startRedisServer,
  startTlsRedisServer,
  startUnixRedisServer,
  type TlsRedisServer,
} from '@redmeter/test-servers';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { RedisMetricsService, type RedisLocation } from '../../../src/index.js';
import { RecordedLog } from '../../service/recorded-log.js';
import { LIVE_ON, MAX_MS, runProcess } from '../../service/run-process.js';

const services: RedisMetricsService[] = [];
const closeAll = (): Promise<unknown> => Promise.all(services.splice(0).map((service) => service.close()));
afterEach(closeAll);

function recordTo(redis: RedisLocation): RedisMetricsService {
  const service = new RedisMetricsService({ redis, logger: new RecordedLog() });
  services.push(service);
  service.incrementCounter('orders');
  return service;
}

describe('over TLS', () => {
  let server: TlsRedisServer;
  beforeAll(async () => {
    server = await startTlsRedisServer();
  });
  afterAll(() => server.stop());

  it('writes to a server with a given certificate authority, and lets the process end', async () => {
    const location = { url: server.tlsUrl, tls: { ca: server.certificates.ca } };
    await recordTo(location).flush();
    const redis = await server.connect();
    expect(await redis.get('metrics:counter:orders')).toContain('"value":1');
    expect(Number(await runProcess({ redis: location }, LIVE_ON))).toBeLessThan(MAX_MS);
  });

  const password = (url: string): string => url.replace('//', '//app:secret@');

  it('suggests TLS when the server expects it', async () => {
    const url = server.tlsUrl.replace('rediss:', 'redis:');
    for (const location of [url, password(url)]) {
      await expect(recordTo(location).flush()).rejects.toThrow(
        /^the metrics are not written: no connection to .*redis:\/\/localhost:\d+.*; if the server expects TLS, use rediss:\/\/ instead of redis:\/\/$/,
      );
    }
  });

  it('suggests a connection without TLS when the server does not support it', async () => {
    const url = server.url.replace('redis:', 'rediss:');
    const flushes = [url, password(url)].map((location) => recordTo(location).flush());
    for (const outcome of await Promise.allSettled(flushes)) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: {
          message: expect.stringMatching(/; if the server does not speak TLS, use redis:\/\/ instead of rediss:\/\/$/),
        },
      });
    }
  });

  it('makes no such suggestion for a server that replied before', async () => {
    const proxied = await startRedisServer();
    const service = recordTo(proxied.url);
    await service.flush();
    await proxied.stop();
    service.incrementCounter('orders');
    await expect(service.flush()).rejects.not.toThrow(/TLS/);
  });

  it('refuses a server with another certificate authority or name, and reports why', async () => {
    const folder = temporaryFolder();
    const others = makeCertificates(folder);
    await expect(recordTo({ url: server.tlsUrl, tls: { ca: others.ca } }).flush()).rejects.toThrow(
      /^the metrics are not written: no connection to rediss:\/\/localhost:\d+\/0: .*certificate/,
    );
    const tls = { ca: server.certificates.ca, servername: 'redis.example' };
    await expect(recordTo({ url: server.tlsUrl, tls }).flush()).rejects.toThrow(
      /does not match certificate's altnames/,
    );
  });
});

it('writes to a socket in the file system as a user', async () => {
  const server = await startUnixRedisServer();
  try {
    const redis = await server.connect();
    await redis.acl('SETUSER', 'shop', 'on', '>secret', '~metrics*', '+@all');
    await redis.acl('SETUSER', 'default', 'off');
    await recordTo(`unix://shop:secret@localhost${server.socket}?db=2`).flush();
    await redis.acl('SETUSER', 'default', 'on');
    await redis.select(2);
    expect(await redis.get('metrics:counter:orders')).toContain('"value":1');
  } finally {
    await closeAll();
    await server.stop();
  }
});
