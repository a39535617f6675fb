// OpenTelemetry's SDK: each request is a function call of its own, with an SDK that lives as long. Redis has the sum.
// node examples/opentelemetry.mjs [redis://…]
import { randomUUID } from 'node:crypto';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { RedisMetricExporter } from '@redmeter/opentelemetry';
import { checkTotal, redisUrl, removeRecords } from './total.mjs';

const prefix = `example-${randomUUID()}`;

/** @param {number} items */
async function handleRequest(items) {
  const exporter = new RedisMetricExporter({ redis: redisUrl, prefix, ownMetrics: false });
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
  provider.getMeter('shop').createCounter('items_sold').add(items);
  await provider.shutdown();
}

await Promise.all([3, 4, 5].map((items) => handleRequest(items)));
await checkTotal(`${prefix}:counter:items_sold`, 12);
await removeRecords(prefix);
