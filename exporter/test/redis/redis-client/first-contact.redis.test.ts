import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedisServer, type RedisServer, waitFor } from '@redmeter/test-servers';
import { once } from 'node:events';
import { connect } from 'node:net';
import { startTestExporter, tryExporter } from '../../test-exporter.js';
import { valueOf } from '../../topologies/scrape-text.js';

const KEYS = 3000;
const VALUE_BYTES = 2000;

let server: RedisServer;
let loaded: Promise<void>;
beforeAll(async () => {
  // Loading it all would take minutes; after each key or two the server looks for commands.
  const slow = ['--key-load-delay', '100000', '--loading-process-events-interval-bytes', '1024'];
  server = await startRedisServer({ args: slow, startTimeoutMs: 60_000 });
  const redis = await server.connect();
  const filler = 'x'.repeat(VALUE_BYTES);
  const values = Array.from({ length: KEYS }, (_, i) => [`filler:${i}`, `${i} ${filler}`]);
  await redis.config('SET', 'rdbcompression', 'no');
  await redis.mset('metrics:counter:jobs_total', '5', ...values.flat());
  await redis.save();
  await server.crash();
  loaded = server.restart();
  loaded.catch(() => undefined);
  await waitFor(async () => (await ask('PING'))?.startsWith('-LOADING') === true);
});
afterAll(async () => {
  await ask('CONFIG SET key-load-delay 0');
  await loaded;
  await server.stop();
});

/** Without a client of ours, as those wait until it is loaded; undefined while nobody listens. */
async function ask(command: string): Promise<string | undefined> {
  const socket = connect(server.port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write(`${command}\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString();
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

describe('a Redis that is loading its data', () => {
  it('keeps no exporter from serving, nor from ending, and is shown when it is ready', async () => {
    const exporter = await startTestExporter(server.url);
    expect(exporter.log[0]).toMatch(/^warn redis:\S+: it is not ready: it may be loading its data/);
    expect(valueOf(await exporter.metrics(), 'redmeter_up')).toBe(0);
    const once = await tryExporter({ redis: [server.url], isOnce: true });
    expect(once).toMatchObject({ kind: 'printed', isUp: false });
    await ask('CONFIG SET key-load-delay 0');
    await loaded;
    await waitFor(async () => (await exporter.metrics()).includes('\njobs_total 5\n'));
    await exporter.stop();
  });
});
