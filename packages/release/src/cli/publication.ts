import { publishAddressOf, type CommandEnvironment, type MetricsStore } from '@redmeter/experiment';
import { ReleasePublisher } from '../publish/release-publisher.js';
import { gatewayOf, withReleaseStore, type ReleaseOptions } from './release-files.js';

/** What of a publisher those need who change a release. */
export type Publication = Pick<ReleasePublisher, 'notify'>;

/**
 * Does something with the store that flags and environment choose. Meanwhile the series of the release are published, where
 * `--publish-redis` or `REDMETER_PUBLISH_REDIS` is set; what cannot be published is reported, and changes nothing else.
 */
export async function withPublishedStore<T>(
  application: string,
  options: ReleaseOptions,
  environment: CommandEnvironment,
  use: (store: MetricsStore, publication: Publication) => Promise<T>,
): Promise<T> {
  const redisUrl = publishAddressOf(options.publishRedis, environment.variables);
  return withReleaseStore(options, environment, async (store) => {
    if (redisUrl === undefined) return use(store, { notify: () => undefined });
    const publisher = new ReleasePublisher({
      application,
      records: store,
      gatewayOf: (plan) => gatewayOf(plan, options),
      redisUrl,
      onFailure: (message) => environment.writeError(`redmeter: ${message}\n`),
    });
    try {
      return await use(store, publisher);
    } finally {
      await publisher.stop();
    }
  });
}
