import type { AbnStorage } from './abn-storage.js';
import type { ApplicationVersion, Build } from './application-version.js';
import { CheckedTables } from './sqlite/checked-tables.js';
import type { EmbeddedDatabase } from './sqlite/embedded-database.js';
import { readStoredValue, readStoredVersions } from './stored-text.js';

/** The storage for A/B/n in the file of the embedded store: its tables `application`, `build`, `user`, `metric_value` and `mark`. */
export function embeddedAbnStorage(database: EmbeddedDatabase): AbnStorage {
  const tables = new CheckedTables(database);
  const noteUser = (application: string, build: Build, user: string): void => {
    const key = [application, build.version, build.signature];
    tables.write('build', key);
    tables.write('user', [...key, user]);
  };

  return {
    readVersions: (application) =>
      database.read(() => {
        const [, versions] = tables.row('application', [application]) ?? [];
        return versions === undefined ? undefined : readStoredVersions(versions);
      }),
    readAllVersions: () =>
      database.read(() => {
        const all = new Map<string, readonly ApplicationVersion[]>();
        tables.forEach('application', [], ([name = '', versions = '']) => all.set(name, readStoredVersions(versions)));
        return all;
      }),
    writeVersions: (application, versions) =>
      database.write(() => tables.write('application', [application, JSON.stringify(versions)])),
    listApplications: () =>
      database.read(() => {
        const names: string[] = [];
        tables.forEach('application', [], ([name = '']) => names.push(name));
        return names.sort();
      }),
    removeApplication: (application) =>
      database.write(() => {
        const removed = (['application', 'build', 'user', 'metric_value', 'mark'] as const).map((table) =>
          tables.remove(table, [application]),
        );
        return removed.some((rows) => rows > 0);
      }),
    async writeUser(application, build, user) {
      const key = [application, build.version, build.signature, user];
      // Most lookups are of a known user, and need not wait for the disk.
      const isKnown = await database.read(() => tables.row('user', key) !== undefined);
      if (!isKnown) await database.write(() => noteUser(application, build, user));
    },
    writeRecord: ({ application, build, metric, user, transaction, value }) =>
      database.write(() => {
        noteUser(application, build, user);
        const key = [application, build.version, build.signature, metric, user, transaction];
        tables.write('metric_value', [...key, String(value)]);
      }),
    listBuilds: (application) =>
      database.read(() => {
        const builds: Build[] = [];
        tables.forEach('build', [application], ([, version = '', signature = '']) =>
          builds.push({ version, signature }),
        );
        return builds;
      }),
    countUsers: (application, { version, signature }) =>
      database.read(() => {
        let users = 0;
        tables.forEach('user', [application, version, signature], () => (users += 1));
        return users;
      }),
    readUsers: (application, { version, signature }, visit) =>
      database.read(() => tables.forEach('user', [application, version, signature], (row) => visit(row[3] ?? ''))),
    readValues: (application, { version, signature }, visit) =>
      database.read(() =>
        tables.forEach('metric_value', [application, version, signature], (row) => {
          const [, , , metric = '', user = '', transaction = '', value = ''] = row;
          visit({ metric, user, transaction, value: readStoredValue(value) });
        }),
      ),
    readMark: (application, name) => database.read(() => tables.row('mark', [application, name])?.[2]),
    writeMark: (application, name, text) => database.write(() => tables.write('mark', [application, name, text])),
  };
}
