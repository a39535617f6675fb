// A serverless function: the platform freezes the process after each answer, so that timers do not run; what was recorded is
// flushed before it. The library's timers never keep a process alive.
// node examples/serverless.mjs [redis://…]
import { randomUUID } from 'node:crypto';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import { checkTotal, redisUrl, removeRecords } from './total.mjs';

const prefix = `example-${randomUUID()}`;
// Outside the handler: one service for as long as the platform keeps the process.
const metrics = new RedisMetricsService({ redis: redisUrl, prefix });
const calls = metrics.counter({ name: 'calls', help: 'Calls of the function.' }).labels();

async function handler() {
  calls.inc();
  await metrics.flush();
  return { statusCode: 204 };
}

for (let call = 1; call <= 5; call += 1) {
  await handler();
  // Here the platform may freeze the process for good: all is in Redis.
  await checkTotal(`${prefix}:counter:calls`, call);
}
await metrics.close();
await removeRecords(prefix);
