export { Exposition } from './exposition/exposition.js';
export { CONTENT_TYPES, type Format } from './exposition/format.js';
export { ExporterError, type ExporterErrorCode } from './exporter-error.js';
export { IncrementalReader, type ReadingOptions, type ReadResult } from './reading/incremental-reader.js';
export { IoredisConnection } from './redis/ioredis-connection.js';
