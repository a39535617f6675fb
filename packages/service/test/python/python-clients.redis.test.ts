import { beforeAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import { parseResult } from '@redmeter/experiment';
import { checkout, installPythonPackages } from '@redmeter/stack';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startTestService, type TestService } from '../test-service.js';

const INSTALL_TIMEOUT_MS = 900_000;
const FUZZ_TIMEOUT_MS = 900_000;
const USERS = ['ann', 'bob', 'cleo', 'dan', 'eve', 'fay'];
const run = promisify(execFile);

let programs: string;
const folder = temporaryFolder();
const redis = useRedisServer();
beforeAll(async () => {
  programs = await installPythonPackages(checkout, join(__dirname, 'requirements.txt'), process.env);
}, INSTALL_TIMEOUT_MS);

const variables = () => ({ METRICS_IMPLEMENTATION: 'redis', METRICS_REDIS_ADDRESS: redis.url });

/** What a program of this folder printed, as JSON. */
async function python(script: string, ...args: string[]): Promise<unknown> {
  const { stdout } = await run(join(programs, 'python'), [join(__dirname, script), ...args]);
  return JSON.parse(stdout);
}

async function versionsOf(service: TestService): Promise<string[]> {
  return Promise.all(USERS.map(async (user) => (await service.store.lookup('shop', user)).version));
}

describe.each(['0.13', '1.1'] as const)('a stub generated from the proto of Iter8 %s', (abi) => {
  it('looks up, writes, and is refused with a status', async () => {
    const name = `iter8_${abi.replace('.', '_')}`;
    const output = [`--python_out=${folder}`, `--grpc_python_out=${folder}`];
    await run(join(programs, 'python'), [
      '-m',
      'grpc_tools.protoc',
      `-I${join(__dirname, '../protos')}`,
      ...output,
      `${name}.proto`,
    ]);
    const service = await startTestService({ iter8Abi: abi, variables: variables() });
    const versions = await versionsOf(service);
    expect(await python('iter8_client.py', service.grpcAddress, folder, name, 'shop', USERS.join(','))).toEqual({
      answers: abi === '0.13' ? versions : versions.map((version) => (version === 'v1' ? 0 : 1)),
      refusal: 'NOT_FOUND',
    });
    const builds = await Promise.all(
      [
        { version: 'v1', signature: '' },
        { version: 'v2', signature: '9f2c1' },
      ].map((build) => service.store.aggregate('shop', build)),
    );
    const counts = builds.map(({ metrics }) => metrics['spent']?.overTransactions.count ?? 0);
    expect(counts).toEqual(['v1', 'v2'].map((name) => versions.filter((version) => version === name).length));
    await service.store.removeApplication('shop');
    await service.stop();
  });
});

it("OpenFeature's SDK gets the version of each user", async () => {
  const service = await startTestService({ variables: variables() });
  const versions = await versionsOf(service);
  expect(await python('openfeature_client.py', service.url, 'shop', USERS.join(','))).toEqual({
    values: versions,
    variants: versions,
    reasons: ['SPLIT'],
    unknown: ['none', 'FLAG_NOT_FOUND'],
  });
  await service.stop();
});

it(
  'the service keeps to its OpenAPI document, whatever a fuzzer sends',
  async () => {
    const tokenFile = join(folder, 'tokens');
    await writeFile(tokenFile, 'fuzzer-token\n');
    const service = await startTestService({ variables: variables(), tokenFile });
    for (const kind of ['http', 'grpc']) {
      const file = join(__dirname, `../dashboards/${kind}-result.yaml`);
      const result = parseResult(await readFile(file, 'utf8'), file);
      await service.store.put({ name: 'load-test', savedTime: '2026-11-29T12:00:00Z', result });
    }
    // SLOs have rules that a JSON Schema does not show, and Flagger sends them as text: 400 is a right answer there.
    await writeFile(
      join(folder, 'schemathesis.toml'),
      `[[operations]]
include-path-regex = "^/v1/verdicts"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 404, 412]
`,
    );
    const flags = [
      '--checks=all',
      '--max-examples=20',
      '--seed=1',
      '--request-timeout=60',
      '--suppress-health-check=all',
    ];
    const fuzzing = run(
      join(programs, 'schemathesis'),
      ['run', ...flags, '--header=Authorization: Bearer fuzzer-token', '--no-color', `${service.url}/openapi.json`],
      { cwd: folder, maxBuffer: 1 << 26 },
    );
    const { code, stdout } = await fuzzing.then(
      (ended) => ({ code: 0, stdout: ended.stdout }),
      (error: unknown) => error as { readonly code: number; readonly stdout: string },
    );
    expect([code, stdout]).toEqual([0, expect.stringMatching(/\d+ generated, \d+ passed/)]);
    expect(service.log).toEqual([]);
    await service.stop();
  },
  FUZZ_TIMEOUT_MS,
);
