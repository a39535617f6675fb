import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startNpmRegistry, type NpmRegistry } from './npm-registry.js';
import { runSteps, type StepsRun } from './run-steps.js';
import { root, stepOf } from './workflow-files.js';

const folder = temporaryFolder();
const workspace = join(folder, 'checkout');
let registry: NpmRegistry;

function writePackage(path: string, content: object): void {
  mkdirSync(join(workspace, path), { recursive: true });
  writeFileSync(join(workspace, path, 'package.json'), JSON.stringify(content));
}

beforeAll(async () => {
  registry = await startNpmRegistry();
  writePackage('.', {
    name: 'root',
    private: true,
    workspaces: ['packages/redis-metrics', 'packages/own', 'packages/other'],
  });
  writePackage('packages/redis-metrics', { name: '@shop/metrics', version: '1.2.3' });
  writePackage('packages/own', { name: '@shop/own', version: '1.0.0', private: true });
  writePackage('packages/other', { name: '@shop/other', version: '0.1.0', dependencies: { '@shop/metrics': '1.2.3' } });
  cpSync(join(root, 'scripts/publish-packages.mjs'), join(workspace, 'scripts/publish-packages.mjs'));
  const { host } = new URL(registry.url);
  writeFileSync(join(folder, '.npmrc'), `registry=${registry.url}\n//${host}/:_authToken=a-token\n`);
});
afterAll(() => registry.close());

function run(name: string, tag = 'v1.2.3'): Promise<StepsRun> {
  const step = { ...stepOf('.github/workflows/release.yml', name), id: 'it' };
  const env = { PATH: process.env['PATH'], HOME: folder, GITHUB_REF_NAME: tag };
  return runSteps([step], {}, { workspace, folder: join(folder, 'runner'), env });
}

it('publishes nothing under a tag of another version', async () => {
  expect((await run('Compare the tag with the version')).outcomes).toEqual({ it: 'success' });
  const other = await run('Compare the tag with the version', 'v1.2.4"; exit 0; "');
  expect(other.outcomes).toEqual({ it: 'failure' });
  expect(other.log).toContain('::error::expected the tag v1.2.3, got v1.2.4');
});

it('publishes each public package once, also when a release is repeated', async () => {
  const first = await run('Publish the packages');
  expect([first.outcomes, first.log]).toEqual([
    { it: 'success' },
    expect.stringContaining('@shop/other@0.1.0 published\n'),
  ]);
  expect(registry.published).toEqual(['@shop/metrics@1.2.3', '@shop/other@0.1.0']);

  writePackage('packages/other', { name: '@shop/other', version: '0.2.0' });
  const second = await run('Publish the packages');
  expect([second.outcomes, second.log]).toEqual([
    { it: 'success' },
    expect.stringContaining('@shop/metrics@1.2.3 is published already\n'),
  ]);
  expect(registry.published).toEqual(['@shop/metrics@1.2.3', '@shop/other@0.1.0', '@shop/other@0.2.0']);
});
