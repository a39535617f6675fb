import type { ReleaseStorage } from './release-storage.js';
import { CheckedTables } from './sqlite/checked-tables.js';
import type { EmbeddedDatabase } from './sqlite/embedded-database.js';

/** Records of releases in the file of the embedded store: its table `release`. */
export function embeddedReleaseStorage(database: EmbeddedDatabase): ReleaseStorage {
  const tables = new CheckedTables(database);
  const textOf = (application: string): string | undefined => tables.row('release', [application])?.[1];
  return {
    readRelease: (application) => database.read(() => textOf(application)),
    replaceRelease: (application, before, after) =>
      database.write(() => {
        if (textOf(application) !== before) return false;
        tables.write('release', [application, after]);
        return true;
      }),
    listReleases: () =>
      database.read(() => {
        const names: string[] = [];
        tables.forEach('release', [], ([name = '']) => names.push(name));
        return names.sort();
      }),
  };
}
