// Records with OpenTelemetry's SDK for Node what it is told; README.md in the folder above says how.
import { text } from 'node:stream/consumers';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { detectResources, resourceAttributesEnvDetector, serviceNameEnvDetector } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { AggregationType } from '@opentelemetry/sdk-metrics';

/** @typedef {import('@opentelemetry/sdk-metrics').PushMetricExporter} PushMetricExporter */
/** @typedef {import('../recording.js').Recording} Recording */

/** @type {unknown} */
const told = JSON.parse(await text(process.stdin));
const rounds = /** @type {readonly (readonly Recording[])[]} */ (told);

/** @type {PushMetricExporter} */
let exporter = new OTLPMetricExporter();
if (process.env['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL'] === 'http/json') exporter = new JsonExporter();
let outcome = '';
const send = exporter.export.bind(exporter);
// The reader tells nobody whether it could send: this does.
exporter.export = (metrics, done) => {
  send(metrics, (result) => {
    outcome = result.error === undefined ? 'accepted' : `failed: ${String(result.error)}`;
    done(result);
  });
};

const exponential = new Set(rounds.flat().flatMap(({ kind, name }) => (kind === 'exponential' ? [name] : [])));
const provider = new MeterProvider({
  resource: detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }),
  readers: [new PeriodicExportingMetricReader({ exporter })],
  views: [...exponential].map((instrumentName) => ({
    instrumentName,
    aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
  })),
});
const meter = provider.getMeter('test');

/** @param {Recording} recording */
function record({ kind, name, value, attributes, bounds }) {
  switch (kind) {
    case 'counter':
      meter.createCounter(name).add(value, attributes);
      break;
    case 'upDownCounter':
      meter.createUpDownCounter(name).add(value, attributes);
      break;
    case 'gauge':
      meter.createGauge(name).record(value, attributes);
      break;
    case 'histogram':
      meter
        .createHistogram(name, { advice: { explicitBucketBoundaries: [...(bounds ?? [])] } })
        .record(value, attributes);
      break;
    case 'exponential':
      meter.createHistogram(name).record(value, attributes);
  }
}

for (const [i, round] of rounds.entries()) {
  for (const recording of round) record(recording);
  outcome = 'nothing sent';
  await (i === rounds.length - 1 ? provider.shutdown() : provider.forceFlush());
  process.stdout.write(`${outcome}\n`);
}
