// A process of its own that puts results until it is killed or has put `count`, and prints each name once it is acknowledged.
import { openMetricsStore } from '../../src/store/open-metrics-store.js';
import type { ExperimentResult } from '../../src/result/experiment-result.js';

const [prefix = 'w', count = '0'] = process.argv.slice(2);
const store = await openMetricsStore({}, process.env);
const result: ExperimentResult = {
  startTime: '2026-11-20T12:00:00.000Z',
  numLoops: 1,
  numTasks: 1,
  numCompletedTasks: 1,
  failure: false,
  tasks: [{ name: 'run', state: 'completed', reason: 'x'.repeat(2000) }],
};
for (let index = 0; index < Number(count); index += 1) {
  const name = `${prefix}${index}`;
  await store.put({ name, savedTime: '2026-11-20T12:00:01.000Z', result });
  process.stdout.write(`${name}\n`);
}
await store.close();
