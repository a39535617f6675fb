import type { EscapingScheme } from '@redmeter/metric-format';
import type { Form } from '../series/form.js';

/** A format of exposition: Prometheus text 0.0.4, OpenMetrics text 1.0, or Prometheus's protobuf. */
export type Format = 'text' | 'openmetrics' | 'protobuf';

/** The Content-Type of each format; Prometheus 3 rejects a scrape without one. */
const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  protobuf: 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
};

/** A format as a scraper asks for it. */
export interface AskedFormat {
  readonly format: Format;
  /** How names are shown that Prometheus 2 does not accept. */
  readonly escaping: EscapingScheme;
  /** Of the Prometheus text format; 1.0.0 is the same with quoted names. Default 0.0.4. */
  readonly textVersion?: '0.0.4' | '1.0.0';
}

/** The Content-Type of an answer, as expfmt of prometheus/common has it. */
export function contentTypeOf({ format, escaping, textVersion = '0.0.4' }: AskedFormat): string {
  const type = CONTENT_TYPES[format];
  return `${format === 'text' ? type.replace('0.0.4', textVersion) : type}; escaping=${escaping}`;
}

/** What series are rendered as for a format. */
export function formOf(format: Format): Form {
  return format === 'protobuf' ? 'protobuf' : 'text';
}

/** How the body of an answer is encoded for its transfer. */
export type Encoding = 'gzip' | 'identity';
