// A process of its own that writes values of a metric until it is killed or has written `count`, and prints each transaction once
// it is acknowledged. Every write is made twice, as one whose answer was lost is.
import { openMetricsStore } from '../../src/store/open-metrics-store.js';

const [prefix = 'w', count = '0'] = process.argv.slice(2);
const store = await openMetricsStore({}, process.env);
for (let index = 0; index < Number(count); index += 1) {
  const transaction = `${prefix}${index}`;
  const write = { application: 'shop', user: `user ${index % 7}`, metric: 'spent', value: index + 0.1, transaction };
  await Promise.all([store.writeMetric(write), store.writeMetric(write)]);
  process.stdout.write(`${transaction}\n`);
}
await store.close();
