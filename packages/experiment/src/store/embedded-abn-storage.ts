import { open, type Key } from 'lmdb';
import type { AbnStorage } from './abn-storage.js';
import type { Build } from './application-version.js';
import { readStoredValue, readStoredVersions, reportingFailure } from './stored-text.js';

/**
 * Opens the storage for A/B/n in `folder`, which must be there: one LMDB file with the keys `['versions', application]`,
 * `['build', application, version, signature]`, `['user', …build, user]` and `['value', …build, metric, user, transaction]`.
 */
export async function openEmbeddedAbnStorage(
  folder: string,
): Promise<{ readonly storage: AbnStorage; readonly close: () => Promise<void> }> {
  const database = await reportingFailure(folder, () =>
    Promise.resolve(open<string, string[]>({ path: `${folder}/applications.lmdb`, encoding: 'string' })),
  );

  /** Applies all of it or nothing, and resolves when it is on disk. */
  const write = <T>(apply: () => T): Promise<T> =>
    reportingFailure(folder, async () => {
      const outcome = await database.childTransaction(apply);
      // A transaction is visible before it is on disk.
      await database.flushed;
      return outcome;
    });
  const read = <T>(get: () => T): Promise<T> => reportingFailure(folder, () => Promise.resolve(get()));

  const storage: AbnStorage = {
    readVersions: (application) =>
      read(() => {
        const text = database.get(['versions', application]);
        return text === undefined ? undefined : readStoredVersions(text);
      }),
    writeVersions: (application, versions) =>
      write(() => {
        database.putSync(['versions', application], JSON.stringify(versions));
      }),
    listApplications: () => read(() => [...under(['versions'])].map(({ key }) => key[1] ?? '').sort()),
    removeApplication: (application) =>
      write(() => {
        const keys = ['versions', 'build', 'user', 'value'].flatMap((kind) =>
          [...under([kind, application])].map(({ key }) => key),
        );
        for (const key of keys) database.removeSync(key);
        return keys.length > 0;
      }),
    async writeUser(application, build, user) {
      const key = ['user', application, ...partsOf(build), user];
      // Most lookups are of a known user, and need not wait for the disk.
      if (await read(() => database.doesExist(key))) return;
      await write(() => {
        database.putSync(['build', application, ...partsOf(build)], '');
        database.putSync(key, '');
      });
    },
    writeRecord: ({ application, build, metric, user, transaction, value }) =>
      write(() => {
        database.putSync(['build', application, ...partsOf(build)], '');
        database.putSync(['user', application, ...partsOf(build), user], '');
        database.putSync(['value', application, ...partsOf(build), metric, user, transaction], String(value));
      }),
    listBuilds: (application) =>
      read(() =>
        [...under(['build', application])].map(({ key: [, , version = '', signature = ''] }) => ({
          version,
          signature,
        })),
      ),
    countUsers: (application, build) =>
      read(() => {
        let users = 0;
        for (const entry of under(['user', application, ...partsOf(build)])) users += entry.key.length > 0 ? 1 : 0;
        return users;
      }),
    readValues: (application, build, visit) =>
      read(() => {
        for (const { key, value } of under(['value', application, ...partsOf(build)])) {
          const [, , , , metric = '', user = '', transaction = ''] = key;
          visit({ metric, user, transaction, value: readStoredValue(value) });
        }
      }),
  };
  return { storage, close: () => database.close() };

  /** All entries whose key begins with these parts. */
  function* under(prefix: readonly string[]): Generator<{ key: string[]; value: string }> {
    for (const entry of database.getRange({ start: [...prefix] satisfies Key })) {
      if (!prefix.every((part, index) => entry.key[index] === part)) return;
      yield entry;
    }
  }
}

function partsOf({ version, signature }: Build): string[] {
  return [version, signature];
}
