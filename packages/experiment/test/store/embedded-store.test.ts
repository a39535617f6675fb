import { expect, it } from '@jest/globals';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { DatabaseSync } from '@photostructure/sqlite';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../src/store/embedded-store.js';
import { openMetricsStore } from '../../src/store/open-metrics-store.js';
import { plantResult } from '../builders/planted-result.js';
import { describeMetricsStore } from './metrics-store-contract.js';

describeMetricsStore('embedded', () => {
  const folder = temporaryFolder();
  return Promise.resolve({
    variables: { METRICS_IMPLEMENTATION: 'embedded', METRICS_EMBEDDED_FOLDER: folder },
    plant: (name, text) => plantResult(folder, name, text),
    remove: () => Promise.resolve(),
  });
});

it('takes an empty variable as not set', async () => {
  const folder = temporaryFolder();
  const variables = { METRICS_IMPLEMENTATION: '', METRICS_REDIS_ADDRESS: '', METRICS_EMBEDDED_FOLDER: folder };
  const store = await openMetricsStore({}, variables);
  expect(await store.list()).toEqual([]);
  await store.close();
  expect(await readdir(folder)).not.toEqual([]);
});

it('a store that cannot be opened reports where and why', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'file');
  await writeFile(file, '');
  await expect(openEmbeddedStore(join(file, 'store'))).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringMatching(/^expected to use the store .*\/file\/store\/store.sqlite, got ENOTDIR/),
  });
});

it.each([
  ['first', 1, ['release', 'mark']],
  ['second', 2, ['mark']],
])('adds to a store of the %s layout what it lacks, and keeps what it holds', async (_, layout, lacking) => {
  const folder = temporaryFolder();
  const store = await openEmbeddedStore(folder);
  await store.abn.writeVersions('shop', [{ version: 'v1', signature: '', weight: 1 }]);
  await store.close();
  const database = new DatabaseSync(join(folder, 'store.sqlite'));
  for (const table of lacking) database.exec(`DROP TABLE ${table}; DELETE FROM tally WHERE group_key = '${table}'`);
  database.exec(`PRAGMA user_version = ${layout}`);
  database.close();
  const [one, other] = await Promise.all([openEmbeddedStore(folder), openEmbeddedStore(folder)]);
  expect(await one.releases.replaceRelease('shop', undefined, '{}')).toBe(true);
  expect(await other.releases.readRelease('shop')).toBe('{}');
  await one.abn.writeMark('shop', 'm', '{}');
  expect(await other.abn.readMark('shop', 'm')).toBe('{}');
  expect(await other.abn.readVersions('shop')).toEqual([{ version: 'v1', signature: '', weight: 1 }]);
  await Promise.all([one.close(), other.close()]);
});
