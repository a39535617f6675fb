/** A format of exposition: Prometheus text 0.0.4, or OpenMetrics text 1.0. */
export type Format = 'text' | 'openmetrics';

/** The Content-Type of each format; Prometheus 3 rejects a scrape without one. */
export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** How the body of an answer is encoded for its transfer. */
export type Encoding = 'gzip' | 'identity';
