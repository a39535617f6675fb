import { beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, startRedisServer, waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startTestExporter } from '../test-exporter.js';
import { valueOf } from '../topologies/scrape-text.js';

const FOLDER = join(__dirname, '..', '..');

const server = useRedisServer();
beforeAll(() => {
  execFileSync(process.execPath, [join(FOLDER, '..', 'node_modules', 'typescript', 'bin', 'tsc'), '-b', FOLDER]);
});

describe('the log shows why Redis cannot be read', () => {
  /** The line at the start, and the one that a scrape brings. */
  const said = async (url: string): Promise<readonly string[]> => {
    const exporter = await startTestExporter(url);
    const log = await waitFor(async () => {
      await exporter.metrics();
      return exporter.log.some((line) => line.startsWith('error')) ? [...exporter.log] : undefined;
    });
    await exporter.stop();
    return log;
  };

  it('when a server ends every connection at once', async () => {
    const closing = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(closing, 'listening');
    const { port } = closing.address() as AddressInfo;
    const why = /: (?:the server closes the connection before it is ready|(?:read|write) E\w+)/;
    expect(await said(`redis://127.0.0.1:${port}`)).toEqual([
      expect.stringMatching(why),
      expect.stringContaining('serving'),
      expect.stringMatching(why),
    ]);
    closing.close();
  });

  it('when it takes no more clients', async () => {
    const full = await startRedisServer();
    const redis = await full.connect();
    await redis.config('SET', 'maxclients', '1');
    const why = /ERR max number of clients reached/;
    expect(await said(full.url)).toEqual([
      expect.stringMatching(why),
      expect.stringContaining('serving'),
      expect.stringMatching(why),
    ]);
    await full.stop();
  });
});

it('what the Redis client logs at each connection is logged once, as one line', async () => {
  const port = await freePort();
  const args = [join(FOLDER, 'bin', 'redmeter-exporter.mjs'), '--redis', server.url, '--listen', `127.0.0.1:${port}`];
  const child = spawn(process.execPath, args, { env: { PATH: process.env['PATH'], REDIS_PASSWORD: 'not-needed' } });
  const ended = once(child, 'close');
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const redis = await server.connect();
  try {
    for (let i = 1; i <= 3; i += 1) {
      await waitFor(async () => {
        const text = await fetch(`http://127.0.0.1:${port}/metrics`).then(
          async (answer) => answer.text(),
          () => '',
        );
        const rebuilt = valueOf(text, 'redmeter_exporter_rebuilds_total{reason="reconnect"}') ?? 0;
        return valueOf(text, 'redmeter_up') === 1 && rebuilt >= i - 1;
      });
      const clients = String(await redis.client('LIST'));
      const id = /^id=(\d+) .* name=redmeter-exporter /m.exec(clients)?.[1] ?? '';
      await redis.client('KILL', 'ID', id);
    }
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
  const lines = err.trimEnd().split('\n');
  expect(lines.filter((line) => !line.startsWith('{"level":'))).toEqual([]);
  expect(lines.filter((line) => line.includes('a password was supplied'))).toHaveLength(1);
});
