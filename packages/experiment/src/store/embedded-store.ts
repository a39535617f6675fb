import { embeddedAbnStorage } from './embedded-abn-storage.js';
import { embeddedReleaseStorage } from './embedded-release-storage.js';
import type { StoreAdapter } from './metrics-store.js';
import type { ListedResult } from './result-store.js';
import { CheckedTables } from './sqlite/checked-tables.js';
import { EmbeddedDatabase } from './sqlite/embedded-database.js';
import { fromStoredText, fromStoredTexts, toStoredText } from './stored-text.js';

/** Opens the store that needs no server: the SQLite file `store.sqlite` in a folder, which is made when it is missing. */
export async function openEmbeddedStore(folder: string): Promise<StoreAdapter> {
  const database = await EmbeddedDatabase.open(folder);
  const tables = new CheckedTables(database);
  return {
    abn: embeddedAbnStorage(database),
    releases: embeddedReleaseStorage(database),
    put: (stored) => database.write(() => tables.write('result', [stored.name, toStoredText(stored)])),
    get: (name) =>
      database.read(() => {
        const [, text] = tables.row('result', [name]) ?? [];
        return text === undefined ? undefined : fromStoredText(name, text);
      }),
    list: () => database.read(() => listResults(tables)),
    remove: (name) => database.write(() => tables.remove('result', [name]) > 0),
    close: () => database.close(),
  };
}

function listResults(tables: CheckedTables): ListedResult[] {
  const textByName: [string, string][] = [];
  const damaged: ListedResult[] = [];
  tables.forEachChecked('result', [], (row) => {
    const [name = '', text = ''] = row.values;
    if (row.kind === 'whole') textByName.push([name, text]);
    else damaged.push({ kind: 'damaged', name, problem: row.problem.message });
  });
  return [...fromStoredTexts(textByName), ...damaged].sort((a, b) => (a.name < b.name ? -1 : 1));
}
