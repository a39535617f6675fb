import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { freePort, waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { recordOf } from '../../lua/merge-call.js';

const folder = join(__dirname, '../../..');
const blocks = readFileSync(join(folder, 'docs/http.md'), 'utf8').match(/(?<=```js\n)[^]*?(?=```)/g) ?? [];

const server = useRedisServer();

it.each([
  ['expressMiddleware(', '/users/7', '/users/%3Aid'],
  ['timeHttpServer(', '/items/7', '/items/%3Aid'],
] as const)('the documented example of %s) runs, and records by route', async (call, path, route) => {
  const code = blocks.find((block) => block.includes(call)) ?? '';
  const port = await freePort();
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: folder,
    env: { ...process.env, PORT: String(port), REDIS_URL: server.url },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await waitFor(async () => {
      try {
        // Closed after each, so that the server can end.
        return (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).ok;
      } catch {
        return false;
      }
    }, 'it answers');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    const redis = await server.connect();
    const key = `metrics:histogram:http_request_duration_ms:method=GET,route=${route},status=200`;
    expect(await recordOf(redis, 'histogram', key)).toMatchObject({ count: 1 });
  } finally {
    child.kill('SIGKILL');
  }
});
