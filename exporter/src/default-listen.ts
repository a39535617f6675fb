/** Where the exporter listens by default. */
export const DEFAULT_LISTEN = '127.0.0.1:9122';
/** Where it receives OTLP when that is on and no address is given: the port that OTLP has for HTTP. */
export const DEFAULT_OTLP_LISTEN = '127.0.0.1:4318';
