import { homedir } from 'node:os';
import { join } from 'node:path';
import { ExperimentError } from '../experiment-error.js';
import { openEmbeddedStore } from './embedded-store.js';
import { metricsStoreIn, type MetricsStore, type StoreAdapter } from './metrics-store.js';
import { openRedisStore } from './redis-store.js';
import { STORE_IMPLEMENTATIONS } from './store-implementations.js';

/** Which store to use; flags win over variables. */
export type StoreChoice = {
  readonly metricsImplementation?: string;
  readonly metricsRedisAddress?: string;
};

/**
 * Opens the store that flags or the environment choose: `METRICS_IMPLEMENTATION` (embedded by default), `METRICS_REDIS_ADDRESS`
 * (host:port or a URL; localhost:6379 by default), `METRICS_REDIS_PASSWORD` (in place of one in the address),
 * `METRICS_EMBEDDED_FOLDER` (~/.local/share/redmeter by default). An empty variable counts as not set.
 *
 * @throws ExperimentError `invalid_usage` on an unknown implementation, `store_unavailable` when it cannot be opened.
 */
export async function openMetricsStore(
  choice: StoreChoice = {},
  variables: Readonly<Record<string, string | undefined>> = {},
): Promise<MetricsStore> {
  return metricsStoreIn(await openStoreAdapter(choice, variables));
}

/** The same without the checks of names and values that `metricsStoreIn` adds, for what puts a layer of its own between. */
export async function openStoreAdapter(
  choice: StoreChoice = {},
  variables: Readonly<Record<string, string | undefined>> = {},
): Promise<StoreAdapter> {
  // Compose passes what is not set as an empty text.
  const variable = (name: string): string | undefined => (variables[name] === '' ? undefined : variables[name]);
  const implementation = choice.metricsImplementation ?? variable('METRICS_IMPLEMENTATION') ?? 'embedded';
  switch (implementation) {
    case 'embedded':
      return openEmbeddedStore(variable('METRICS_EMBEDDED_FOLDER') ?? join(homedir(), '.local/share/redmeter'));
    case 'redis': {
      const address = choice.metricsRedisAddress ?? variable('METRICS_REDIS_ADDRESS') ?? 'localhost:6379';
      const url = /^rediss?:\/\//.test(address) ? address : `redis://${address}`;
      return openRedisStore(withPassword(url, variable('METRICS_REDIS_PASSWORD')));
    }
    default:
      throw new ExperimentError(
        'invalid_usage',
        `expected METRICS_IMPLEMENTATION to be one of ${STORE_IMPLEMENTATIONS.join(', ')}, got "${implementation}"`,
      );
  }
}

function withPassword(url: string, password: string | undefined): string {
  if (password === undefined || !URL.canParse(url)) return url;
  const parsed = new URL(url);
  parsed.password = encodeURIComponent(password);
  return parsed.href;
}
