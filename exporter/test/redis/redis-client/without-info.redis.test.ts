import { afterEach, describe, expect, it } from '@jest/globals';
import {
  startRedisServer,
  startRefusingProxy,
  type CommandFate,
  type RedisServer,
  type RefusingProxy,
  waitFor,
} from '@redmeter/test-servers';
import { startTestExporter, tryExporter } from '../../test-exporter.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function startServer(args: readonly string[] = []): Promise<RedisServer> {
  const server = await startRedisServer({ args });
  stops.push(() => server.stop());
  return server;
}

/** A Redis behind a proxy that does this with some commands. */
const behindProxy = (fate: CommandFate, refused: readonly string[]) => async (): Promise<Place> => {
  const server = await startServer();
  const proxy = await startRefusingProxy(server.port, (name) => (refused.includes(name) ? fate : 'passed'));
  stops.push(() => proxy.stop());
  return { server, url: proxy.url, proxy };
};

interface Place {
  readonly server: RedisServer;
  readonly url: string;
  readonly proxy?: RefusingProxy;
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  'does not know INFO': async () => {
    const server = await startServer(['--rename-command', 'INFO', '']);
    return { server, url: server.url };
  },
  'keeps a user from INFO': async () => {
    const server = await startServer();
    const redis = await server.connect();
    await redis.call('ACL', 'SETUSER', 'reader', 'on', '>pw', '~*', '&*', '+@all', '-info');
    return { server, url: server.url.replace('//', '//reader:pw@') };
  },
  'is behind a proxy that answers INFO with an error': behindProxy('error', ['INFO']),
  'is behind a proxy that hangs up on INFO': behindProxy('hang up', ['INFO']),
  'is behind a proxy that hangs up on INFO and CLIENT': behindProxy('hang up', ['INFO', 'CLIENT']),
};

describe.each(Object.entries(places))('a Redis that %s', (_what, start) => {
  it('is read from the start and over each connection', async () => {
    const { server, url } = await start();
    const redis = await server.connect();
    await redis.set('metrics:counter:jobs_total', '5');
    const once = await tryExporter({ redis: [url], isOnce: true });
    expect(once).toMatchObject({ kind: 'printed', isUp: true });
    const exporter = await startTestExporter(url);
    stops.push(() => exporter.stop());
    expect(exporter.log).toEqual([expect.stringMatching(/^info .*serving/)]);
    await waitFor(async () => (await exporter.metrics()).includes('\njobs_total 5\n'));
    for (let value = 6; value < 9; value += 1) {
      await redis.set('metrics:counter:jobs_total', String(value));
      await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      const line = `\njobs_total ${value}\n`;
      await waitFor(async () => (await exporter.metrics()).includes(line));
    }
    expect(exporter.log.filter((line) => /INFO|unknown|NOPERM/.test(line))).toEqual([]);
  });
});
