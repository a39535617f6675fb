import { expect, it } from '@jest/globals';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runSteps, type StepsRun } from './run-steps.js';
import { root, stepOf, steps } from './workflow-files.js';

/** Shell steps that other tests run, each with where. */
const RUN_ELSEWHERE = new Map([
  ['.github/workflows/ci.yml, servers: Take the server out of its image', 'test/compose/server-image.test.ts'],
  ['.github/workflows/experiment.yml, store: Build the command line', '.ci/run'],
  ['.github/workflows/release.yml, packages: Build, check and pack the packages', 'test/stack/packages.test.ts'],
  [
    '.github/workflows/release.yml, packages: Compare the tag with the version',
    'test/workflows/release-workflow.test.ts',
  ],
  ['.github/workflows/release.yml, packages: Publish the packages', 'test/workflows/release-workflow.test.ts'],
  ['.github/workflows/site.yml, build: Build the site', 'test/stack/site.test.ts'],
]);
const HERE = ['Run the part', 'Run the tests on it', 'Read the base image and the name'];

/** Runs a step of a workflow in a folder with the files of the checkout that such steps read. */
function run(
  file: string,
  name: string,
  matrix: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): Promise<StepsRun> {
  const folder = temporaryFolder();
  const workspace = join(folder, 'checkout');
  for (const file of ['.ci/run', '.env']) cpSync(join(root, file), join(workspace, file));
  const step = { ...stepOf(`.github/workflows/${file}`, name), id: 'it' };
  return runSteps([step], { matrix }, { workspace, folder, env: { PATH: process.env['PATH'], HOME: folder, ...env } });
}

it('all are run by a test', () => {
  const unknown = steps.filter(
    ({ place, step }) =>
      step.run !== undefined &&
      !place.startsWith('.github/actions/experiment:') &&
      !HERE.includes(step.name ?? '') &&
      !RUN_ELSEWHERE.has(place),
  );
  expect(unknown.map(({ place }) => place)).toEqual([]);
  const places = steps.map(({ place }) => place);
  for (const [place, file] of RUN_ELSEWHERE) {
    expect(places).toContain(place);
    const said = stepOf(place.split(',', 1)[0] ?? '', place.split(': ').at(-1) ?? '');
    const text = readFileSync(join(root, file), 'utf8');
    if (file === '.ci/run')
      for (const command of said.run?.split(' && ') ?? [])
        expect(text).toContain(command.replace('run build', 'run --silent build'));
    else if (said.run === 'npm ci && npm run release') expect(text).toContain("'scripts/release.mjs'");
    else expect(text).toContain(`'${said.name ?? ''}'`);
  }
});

it('CI runs a part of .ci/run', async () => {
  const { outcomes, log } = await run('ci.yml', 'Run the part', { part: 'node-22' }, { CI_DRY_RUN: '1' });
  expect(outcomes).toEqual({ it: 'success' });
  expect(log).toContain('tests on Node 22: npm_test 22 pure redis');
  expect(log).not.toContain('eslint');
});

it('CI runs the tests on a server', async () => {
  const { outcomes, log } = await run('ci.yml', 'Run the tests on it', {}, { CI_DRY_RUN: '1' });
  expect(outcomes).toEqual({ it: 'success' });
  expect(log).toContain('newer servers: sh scripts/newer-servers/test.sh');
});

it('images have names in lower case, and the Node of .env', async () => {
  const { outputs } = await run(
    'images.yml',
    'Read the base image and the name',
    { target: 'exporter' },
    { GITHUB_REPOSITORY: 'Shop/RedMeter' },
  );
  const [, node] = /^NODE_IMAGE=(.*)$/m.exec(readFileSync(join(root, '.env'), 'utf8')) ?? [];
  expect(outputs['it']).toEqual({ node, image: 'ghcr.io/shop/redmeter-exporter' });
});
