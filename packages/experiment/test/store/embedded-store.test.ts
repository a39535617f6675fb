import { expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../src/store/embedded-store.js';
import { describeMetricsStore } from './metrics-store-contract.js';

describeMetricsStore('embedded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'redmeter-store-'));
  return {
    variables: { METRICS_IMPLEMENTATION: 'embedded', METRICS_EMBEDDED_FOLDER: folder },
    remove: () => rm(folder, { recursive: true }),
  };
});

it('a store that cannot be opened says where and why', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'redmeter-store-'));
  const file = join(folder, 'file');
  await writeFile(file, '');
  await expect(openEmbeddedStore(join(file, 'store'))).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringMatching(/^expected to use the store .*\/file\/store, got ENOTDIR/),
  });
  await rm(folder, { recursive: true });
});
