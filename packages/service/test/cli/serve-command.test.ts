import { expect, it } from '@jest/globals';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startServeProcess } from '../serve-process.js';

it('says in one line, with exit code 2 for usage and 3 else, why it does not start', async () => {
  const folder = temporaryFolder();
  const store = { METRICS_EMBEDDED_FOLDER: join(folder, 'store') };
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const taken = `127.0.0.1:${(holder.address() as AddressInfo).port}`;
  await writeFile(join(folder, 'file'), 'no store');
  const cases = [
    [
      ['--http', taken],
      store,
      `ended with 3: redmeter: cannot listen on ${taken}: the port is in use; choose another with --http\n`,
    ],
    [
      ['--grpc', taken],
      store,
      `ended with 3: redmeter: cannot listen on ${taken}: the port is in use; choose another with --grpc\n`,
    ],
    [['--iter8-abi', '0.8'], store, 'ended with 2: redmeter: --iter8-abi: expected 0.13 or 1.1, got "0.8"\n'],
    [
      ['--tls-cert', 'a.pem'],
      store,
      'ended with 2: redmeter: expected --tls-cert and --tls-key together, got one of them\n',
    ],
    [
      ['--max-connections', '0'],
      store,
      'ended with 2: redmeter: --max-connections: expected a whole number from 1 to 100000, got "0"\n',
    ],
    [
      ['--metrics-implementation', 'redis', '--metrics-redis-address', '127.0.0.1:1'],
      store,
      'ended with 3: redmeter: expected to use the store in Redis at 127.0.0.1:1, got connect ECONNREFUSED 127.0.0.1:1\n',
    ],
  ] as const;
  const messages = await Promise.all(
    cases.map(([flags, variables]) =>
      startServeProcess(flags, variables).then(
        async ({ end }) => `started, ${await end('SIGKILL')}`,
        (error: unknown) => (error as Error).message,
      ),
    ),
  );
  expect(messages).toEqual(cases.map(([, , message]) => message));
  holder.close();
});
