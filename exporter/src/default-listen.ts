/** Where the exporter listens by default. */
export const DEFAULT_LISTEN = '127.0.0.1:9122';
