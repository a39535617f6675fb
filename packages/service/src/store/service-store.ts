import {
  metricsStoreIn,
  openStoreAdapter,
  type AbnStorage,
  type MetricsStore,
  type StoreChoice,
} from '@redmeter/experiment';
import { UserNotes } from './user-notes.js';
import { VersionCache } from './version-cache.js';
import { WriteBuffer } from './write-buffer.js';

/** What a store of the service calls. */
export type ServiceStoreEvents = {
  /** The versions were read from the store; undefined, or why they were not. */
  readonly onRead: (failure: unknown) => void;
  /** A user was not noted, since too many wait. */
  readonly onDroppedUser: () => void;
};

/** The metrics store as the service uses it: versions are in memory, users are noted soon after, values are stored together. */
export type ServiceStore = {
  /** Checks and rules of the metrics store, on what is in memory. */
  readonly metrics: MetricsStore;
  /** The storage itself, to read values. */
  readonly storage: AbnStorage;
  readonly versions: VersionCache;
  readonly numPendingWrites: () => number;
  /** Stores what waits, and closes. */
  close(): Promise<void>;
};

/** Opens the store that flags and environment choose. @throws ExperimentError `invalid_usage`, `store_unavailable` */
export async function openServiceStore(
  choice: StoreChoice,
  variables: Readonly<Record<string, string | undefined>>,
  events: ServiceStoreEvents,
): Promise<ServiceStore> {
  const adapter = await openStoreAdapter(choice, variables);
  try {
    const storage = adapter.abn;
    const users = new UserNotes(storage, events.onDroppedUser);
    const writes = new WriteBuffer(storage);
    const versions = await VersionCache.open(storage, { onRead: events.onRead, onChange: () => users.forget() });
    const buffered: AbnStorage = {
      ...storage,
      async readVersions(application) {
        if (!versions.current.has(application)) await versions.refresh();
        return versions.current.get(application);
      },
      listApplications: () => Promise.resolve([...versions.current.keys()].sort()),
      writeUser(application, build, user) {
        users.add(application, build, user);
        return Promise.resolve();
      },
      writeRecord: (record) => writes.add(record),
    };
    return {
      metrics: metricsStoreIn({ ...adapter, abn: buffered }),
      storage,
      versions,
      numPendingWrites: () => writes.numPending,
      async close() {
        versions.close();
        writes.flush();
        await users.flush();
        users.close();
        await adapter.close();
      },
    };
  } catch (error) {
    await adapter.close();
    throw error;
  }
}
