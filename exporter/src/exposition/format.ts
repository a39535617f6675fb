import type { Form } from '../series/form.js';

/** A format of exposition: Prometheus text 0.0.4, OpenMetrics text 1.0, or Prometheus's protobuf. */
export type Format = 'text' | 'openmetrics' | 'protobuf';

/** The Content-Type of each format; Prometheus 3 rejects a scrape without one. */
export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  protobuf: 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
};

/** What series are rendered as for a format. */
export function formOf(format: Format): Form {
  return format === 'protobuf' ? 'protobuf' : 'text';
}

/** How the body of an answer is encoded for its transfer. */
export type Encoding = 'gzip' | 'identity';
