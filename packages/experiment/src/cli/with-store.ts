import type { MetricsStore } from '../store/metrics-store.js';
import { openMetricsStore, type StoreChoice } from '../store/open-metrics-store.js';
import { EXIT_CODE, type CommandEnvironment, type ExitCode } from './command-environment.js';

/** Does something with the metrics store that flags and environment choose, and closes it. */
export async function withStore(
  choice: StoreChoice,
  environment: CommandEnvironment,
  use: (store: MetricsStore) => Promise<void>,
): Promise<ExitCode> {
  const store = await openMetricsStore(choice, environment.variables);
  try {
    await use(store);
    return EXIT_CODE.holds;
  } finally {
    await store.close();
  }
}
