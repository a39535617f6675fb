import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startTestStack, type TestStack } from './test-stack.js';

const command = resolve(__dirname, '../../packages/experiment/bin/redmeter.mjs');

let stack: TestStack;
let folder: string;
beforeAll(async () => {
  stack = await startTestStack({ storeEnvironment: { HANDLER_DELAY_MS: '5' } });
  folder = await mkdtemp(join(tmpdir(), 'redmeter-hub-'));
}, 90_000);
afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true });
});

async function redmeter(cwd: string, ...argv: string[]): Promise<{ code: number | null; printed: string }> {
  const child = spawn(process.execPath, [command, ...argv], {
    cwd,
    env: { ...process.env, REDIS_READER_PASSWORD: stack.settings.passwords.reader },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, printed };
}

describe('the samples of the hub, against the store', () => {
  it.each(['load-test', 'compare-versions', 'slo-from-redis', 'slo-from-prometheus'])(
    '%s runs, satisfies its SLOs and reports',
    async (name) => {
      expect(await redmeter(folder, 'hub', '-e', name)).toMatchObject({ code: 0 });
      const sample = join(folder, name);
      const file = join(sample, 'experiment.yaml');
      const { ports } = stack.settings;
      const text = await readFile(file, 'utf8');
      // The samples name the ports of npm start; these tests run beside it.
      await writeFile(
        file,
        text
          .replaceAll('localhost:5050', `127.0.0.1:${ports.store}`)
          .replaceAll('localhost:6379', `127.0.0.1:${ports.redis}`)
          .replaceAll('localhost:9090', `127.0.0.1:${ports.prometheus}`),
      );
      expect(await redmeter(sample, 'run')).toMatchObject({ code: 0 });
      const report = await redmeter(sample, 'report');
      const asserted = await redmeter(sample, 'assert', '-c', 'completed', '-c', 'nofailure', '-c', 'slos');
      expect([asserted.code, asserted.printed, report.printed]).toEqual([0, expect.any(String), expect.any(String)]);
    },
    120_000,
  );
});
