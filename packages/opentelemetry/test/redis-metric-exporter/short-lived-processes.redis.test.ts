import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { startCuttingProxy } from '../../../redis-metrics/test/service/cutting-proxy.js';
import { recordOf, valueOf } from '../records.js';

const server = useRedisServer({ flushBeforeEach: true });

/** Runs a process to its end. @returns what it wrote to stderr */
async function handleRequest(url: string, value: number, end: string): Promise<string> {
  const child = fork(join(__dirname, 'one-request.ts'), [url, String(value), end], {
    execArgv: ['--conditions=redmeter-source', '--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let problems = '';
  child.stderr?.on('data', (chunk: Buffer) => (problems += chunk.toString()));
  child.on('message', () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'close')) as [number | null];
  return code === 0 ? problems : `ended with ${code}: ${problems}`;
}

it('adds up processes that live for one request, though answers are lost', async () => {
  const proxy = await startCuttingProxy(server.port);
  const ends = ['shutdown', 'forceFlush', 'SIGTERM'];
  const values = Array.from({ length: 15 }, (_, i) => i);
  try {
    // Three at a time.
    for (let i = 0; i < values.length; i += ends.length) {
      proxy.cutReplies(1, /applied/);
      const problems = await Promise.all(ends.map((end, k) => handleRequest(proxy.url, i + k, end)));
      // The library says that an answer was lost.
      for (const text of problems) expect(text.replace(/^redmeter: metrics are .*\n/gm, '')).toBe('');
    }
    expect(proxy.cuts).toBe(values.length / ends.length);
  } finally {
    await proxy.stop();
  }
  expect(await valueOf(server.client, 'metrics:counter:requests')).toBe(15);
  expect(await valueOf(server.client, 'metrics:counter:items:kind=gift')).toBe(105);
  expect(await valueOf(server.client, 'metrics:gauge:open')).toBe(1);
  expect(await recordOf(server.client, 'metrics:histogram:took')).toMatchObject({ counts: [6, 5, 4], sum: 105 });
});
