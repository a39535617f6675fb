import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { RedisMetricExporter } from '../../src/index.js';

// A process that lives for one request: url, a number, and how it ends.
const [redis = '', number = '0', end = 'shutdown'] = process.argv.slice(2);
const value = Number(number);
const exporter = new RedisMetricExporter({ redis, ownMetrics: false });
const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
const meter = provider.getMeter('function');

meter.createCounter('requests').add(1);
meter.createCounter('items').add(value, { kind: 'gift' });
meter.createUpDownCounter('open').add(value % 2 === 0 ? 1 : -1);
meter.createHistogram('took', { advice: { explicitBucketBoundaries: [5, 10] } }).record(value);

switch (end) {
  case 'shutdown':
    await provider.shutdown();
    break;
  case 'forceFlush':
    await provider.forceFlush();
    process.exit();
    break;
  case 'SIGTERM': {
    // As a server would, it lives on until it is told.
    const server = setInterval(() => undefined, 1000);
    process.once('SIGTERM', () => {
      clearInterval(server);
      void provider.shutdown();
    });
    process.send?.('ready');
  }
}
