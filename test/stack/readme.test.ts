import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { checkout, partNames, readCheckoutSettings, type PartName, type Ports } from '@redmeter/stack';
import { freePort, waitFor } from '@redmeter/test-servers';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { commandsOf, type ShellCommand } from './readme-commands.js';
import { startTestStack, type TestStack } from './test-stack.js';

const documents = ['README.md', 'docs/tour.md', 'docs/operations.md', 'docs/wire-format.md'].map((file) =>
  readFileSync(join(checkout, file), 'utf8'),
);
const commands = commandsOf(documents.join('\n'));
const printedPorts = readCheckoutSettings(checkout, {}).ports;

let stack: TestStack;
const curlHome = temporaryFolder();
beforeAll(async () => {
  // curl takes an answer of 404 for a success; as printed, but with this setting, it does not.
  writeFileSync(join(curlHome, '.curlrc'), 'fail\n');
  stack = await startTestStack({ ports: await portsForReadme() });
});
afterAll(async () => {
  await stack.stop();
});

/** The printed ports; where a program of this machine has one, another. */
async function portsForReadme(): Promise<Ports> {
  const entries = await Promise.all(
    partNames.map(async (part): Promise<[PartName, number]> => {
      const port = printedPorts[part];
      return [part, (await isFree(port)) ? port : await freePort()];
    }),
  );
  return Object.fromEntries(entries) as Ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The line as printed, unless a port that it names or means is another program's here. */
function onOurPorts(line: string): string {
  const { ports } = stack.settings;
  const moved = partNames.filter((part) => ports[part] !== printedPorts[part]);
  const addressed = moved.reduce(
    (text, part) => text.replaceAll(`localhost:${printedPorts[part]}`, `localhost:${ports[part]}`),
    line,
  );
  return moved.includes('redis')
    ? addressed.replace(/^((?:\w+=\S+ )*)redis-cli /, `$1redis-cli -p ${ports.redis} `)
    : addressed;
}

function run({ line, exports }: ShellCommand): { readonly isGood: boolean; readonly output: string } {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', [...exports, onOurPorts(line)].join('\n')], {
    cwd: checkout,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], CURL_HOME: curlHome },
    timeout: 60_000,
  });
  const saysNothing = stdout.trim() === '' || stdout.includes('"result":[]');
  const isRefused = /^(\(error\)|ERR|NOAUTH|NOPERM|WRONGPASS)/m.test(stdout);
  return { isGood: status === 0 && !saysNothing && !isRefused, output: `${stdout}${stderr}` };
}

it('has curl and redis-cli lines in its bash blocks', () => {
  const programs = commands.map(({ line }) => line.split(' ', 1)[0]);
  expect(programs.filter((program) => program === 'curl').length).toBeGreaterThanOrEqual(3);
  expect(programs.filter((program) => program === 'redis-cli').length).toBeGreaterThanOrEqual(2);
});

it.each(commands)('works as printed: $line', async (command) => {
  let last = '';
  await waitFor(() => {
    const { isGood, output } = run(command);
    last = output;
    return isGood;
  }, command.line).catch((error: unknown) => {
    throw new Error(`${String(error)}; its output:\n${last}`);
  });
});
