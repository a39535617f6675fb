import { messageOf } from '../../error-text.js';
import { METRICS_REQUEST } from '../schema/otlp-schema.js';
import { asMessage } from './fields.js';
import { MalformedRequest } from './malformed-request.js';
import type { OtlpMetric } from './metrics-request.js';
import { readMetrics } from './read-metrics.js';

/** The encodings of OTLP. */
export type OtlpEncoding = 'protobuf' | 'json';

/**
 * The metrics in the body of a request, decompressed.
 * @throws MalformedRequest for bytes that are not such a request
 */
export function decodeBody(body: Buffer, encoding: OtlpEncoding): OtlpMetric[] {
  return readMetrics(encoding === 'json' ? parseJson(body) : decodeProtobuf(body));
}

function decodeProtobuf(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return METRICS_REQUEST.decode(body) as unknown as Readonly<Record<string, unknown>>;
  } catch (error) {
    const expected = 'expected an ExportMetricsServiceRequest in protobuf';
    throw new MalformedRequest(`${expected}, got ${body.length} bytes that are none: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function parseJson(body: Buffer): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw new MalformedRequest(`expected an ExportMetricsServiceRequest as JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return asMessage(parsed, 'the body');
}
