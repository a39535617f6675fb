import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runSteps } from '../workflows/run-steps.js';
import { stepOf } from '../workflows/workflow-files.js';

const image = `redmeter-test-server-${process.pid}`;
const folder = temporaryFolder();
const env = { ...process.env, DOCKER_HOST: process.env['REDMETER_TEST_DOCKER_HOST'] };

beforeAll(() => {
  // An image with this machine's redis-server, a shell and cat, since there may be no registry.
  const script = `
    files=$(for program in redis-server sh cat; do
      file=$(command -v "$program")
      echo "$file"
      ldd "$(readlink -f "$file")" | grep -o '/[^ ]*'
    done | sort -u)
    tar -c --dereference $files | docker import - "$1"`;
  execFileSync('bash', ['-c', script, 'bash', image], { env, stdio: ['ignore', 'ignore', 'pipe'] });
});
afterAll(() => {
  execFileSync('docker', ['rmi', '--force', image], { env, stdio: 'ignore' });
});

it('CI takes a server out of an image, for the tests to run on', async () => {
  const step = { ...stepOf('.github/workflows/ci.yml', 'Take the server out of its image'), id: 'it' };
  const matrix = { image, program: 'redis-server' };
  const { outcomes, log } = await runSteps([step], { matrix }, { workspace: folder, folder, env });
  expect([outcomes, log]).toEqual([{ it: 'success' }, expect.stringMatching(/^Redis server v=\d/)]);
  const server = join(folder, 'redis-server');
  expect(readFileSync(join(folder, 'env-0'), 'utf8')).toBe(`REDMETER_TEST_REDIS_SERVER=${server}\n`);
  expect(execFileSync(server, ['--version'], { encoding: 'utf8' })).toBe(log);
});
