import { open } from 'lmdb';
import { mkdir } from 'node:fs/promises';
import { openEmbeddedAbnStorage } from './embedded-abn-storage.js';
import type { StoreAdapter } from './metrics-store.js';
import { fromStoredText, fromStoredTexts, reportingFailure, toStoredText } from './stored-text.js';

/** Opens the store that needs no server: LMDB files in a folder, which is made when it is missing. */
export async function openEmbeddedStore(folder: string): Promise<StoreAdapter> {
  const database = await reportingFailure(folder, async () => {
    await mkdir(folder, { recursive: true });
    return open<string, string>({ path: `${folder}/results.lmdb`, encoding: 'string' });
  });
  const abn = await openEmbeddedAbnStorage(folder);
  return {
    abn: abn.storage,
    put: (stored) =>
      reportingFailure(folder, async () => {
        await database.put(stored.name, toStoredText(stored));
        // A put is visible before it is on disk.
        await database.flushed;
      }),
    get: (name) =>
      reportingFailure(folder, async () => {
        const text = await Promise.resolve(database.get(name));
        return text === undefined ? undefined : fromStoredText(name, text);
      }),
    list: () =>
      reportingFailure(folder, async () => {
        const texts = await Promise.resolve([...database.getRange()]);
        return fromStoredTexts(texts.map(({ key, value }) => [key, value]));
      }),
    remove: (name) =>
      reportingFailure(folder, async () => {
        const wasThere = await database.transaction(() => {
          const exists = database.doesExist(name);
          if (exists) database.removeSync(name);
          return exists;
        });
        await database.flushed;
        return wasThere;
      }),
    close: () =>
      reportingFailure(folder, async () => {
        await Promise.all([database.close(), abn.close()]);
      }),
  };
}
