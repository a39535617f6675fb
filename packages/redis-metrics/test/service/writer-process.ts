import { RedisMetricsService } from '../../src/index.js';

// Records as the command line says, flushing all the while, then closes: url, number of rounds.
const [url = '', rounds = '0'] = process.argv.slice(2);
const metrics = new RedisMetricsService({ redis: url, flushIntervalMs: 10 });
const joined = metrics.counter({ name: 'user_events', labelNames: ['event'] }).labels({ event: 'joined' });
for (let round = 0; round < Number(rounds); round += 1) {
  joined.inc();
  metrics.incrementCounter('user_events', 2, { event: 'left' });
  metrics.recordHistogram('took_ms', round % 100, { endpoint: 'join' });
  if (round % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
}
await metrics.close();
console.log(JSON.stringify(metrics.stats()));
