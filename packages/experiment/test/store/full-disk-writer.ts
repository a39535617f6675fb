// A process of its own that writes values until the store refuses one, and prints each once it is acknowledged.
import { ExperimentError } from '../../src/experiment-error.js';
import { openMetricsStore } from '../../src/store/open-metrics-store.js';

const [folder = ''] = process.argv.slice(2);
const store = await openMetricsStore({}, { METRICS_EMBEDDED_FOLDER: folder });
await store.setVersions('shop', [{ version: 'v1', signature: '', weight: 1 }]);
try {
  for (let index = 0; index < 100_000; index += 1) {
    const write = async (): Promise<void> => {
      await store.writeMetric({ application: 'shop', user: 'ann', metric: 'spent', value: index });
      process.stdout.write(`${index}\n`);
    };
    const [one, other] = await Promise.allSettled([write(), write()]);
    if (one.status === 'rejected') throw one.reason;
    if (other.status === 'rejected') throw other.reason;
  }
} catch (error) {
  if (!(error instanceof ExperimentError)) throw error;
  process.stdout.write(`refused: ${error.code}: ${error.message}\n`);
}
await store.close();
