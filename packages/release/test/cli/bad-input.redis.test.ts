import { temporaryFolder } from '@redmeter/test-servers/jest';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { freePort } from '@redmeter/test-servers';
import { symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { release } from './release-process.js';

let folder: string;
let taken: number;
let other: Server;
beforeAll(async () => {
  folder = temporaryFolder();
  taken = await freePort();
  other = createServer();
  await new Promise<void>((resolve) => other.listen(taken, '127.0.0.1', resolve));
  await symlink(process.execPath, join(folder, 'node'));
  const text = (port: number): string => `application: shop
gateway: { nginx: { listen: 127.0.0.1:${port}, folder: gate } }
versions:
  - { name: v1, url: http://127.0.0.1:1 }
`;
  await writeFile(join(folder, 'taken.yaml'), text(taken));
  await writeFile(join(folder, 'release.yaml'), text(await freePort()));
});
afterAll(async () => {
  await new Promise((resolve) => other.close(resolve));
});

it.each<[string, readonly string[], 2 | 3, RegExp]>([
  [
    'a file that is not there',
    ['plan', '-f', 'no.yaml'],
    2,
    /^redmeter: expected to read the release \/.*no\.yaml, got ENOENT.*\n$/,
  ],
  ['a folder as the file', ['plan', '-f', '.'], 2, /^redmeter: expected to read the release .*, got EISDIR.*\n$/],
  ['a rollout that is not there', ['run'], 2, /^redmeter: expected rollout in release\.yaml, found none; .*\n$/],
  ['an application nobody knows', ['abort', 'bank'], 2, /^redmeter: expected an application known .*, got "bank"\n$/],
  [
    'a port in use',
    ['apply', '-f', 'taken.yaml'],
    3,
    /^redmeter: expected gateway\.nginx\.listen to be a free address, got .*, which another program uses\n$/,
  ],
  ['no nginx', ['apply'], 3, /^redmeter: expected the program nginx of the gateway, found none; install it, .*\n$/],
  [
    'a store that is away',
    ['apply', '--metrics-implementation', 'redis', '--metrics-redis-address', '127.0.0.1:1'],
    3,
    /^redmeter: expected to use the store in Redis at 127\.0\.0\.1:1, got .*\n$/,
  ],
  ['a bad value', ['plan', '--set', 'X'], 2, /^redmeter: expected --set NAME=VALUE, .*, got "X"\n$/],
])('%s is one line, and an exit code', async (_, args, code, error) => {
  // No nginx lies on this path.
  const variables = { PATH: folder, METRICS_EMBEDDED_FOLDER: join(folder, 'store') };
  expect(await release(folder, variables, ...args)).toMatchObject({
    code,
    out: '',
    error: expect.stringMatching(error),
  });
});
