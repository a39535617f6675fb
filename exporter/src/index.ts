export { ExporterError, type ExporterErrorCode } from './exporter-error.js';
export { startExporter, type Started } from './exporter.js';
export type { CliOptions } from './cli/options.js';
export type { Logger } from './logger.js';
