export { ExporterError, type ExporterErrorCode } from './exporter-error.js';
export { startExporter, type Started } from './exporter.js';
export type { ExporterOptions } from './exporter-options.js';
export type { Logger } from './logger.js';
