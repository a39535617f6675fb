export { activeSpanExemplar } from './active-span-exemplar.js';
export { RedisMetricExporter } from './redis-metric-exporter.js';
export type { GaugeModes, RecordingOptions, UpDownCounterModes } from './recording/recording-options.js';
export type { OwnServiceOptions, RedisMetricExporterOptions, SharedServiceOptions } from './exporter-options.js';
