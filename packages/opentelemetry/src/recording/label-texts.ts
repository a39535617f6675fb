import type { Labels } from '@redmeter/redis-metrics';

/**
 * Attributes as labels: text, numbers and booleans as they are, everything else as JSON, as OpenTelemetry specifies it for Prometheus.
 * What cannot be written as JSON is kept, so that the library refuses and counts it.
 */
export function labelsOf(attributes: Readonly<Record<string, unknown>>): Labels {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, labelText(value)])) as Labels;
}

function labelText(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return String(value);
    case 'undefined':
      return '';
    case 'object':
      return jsonText(value);
    default:
      return value;
  }
}

function jsonText(value: unknown): unknown {
  if (value === null) return '';
  if (value instanceof Uint8Array) return base64(value);
  try {
    return JSON.stringify(value, jsonValue);
  } catch {
    // It refers to itself, for example.
    return value;
  }
}

/** What JSON cannot say as text: numbers that are not finite, large integers, bytes. */
function jsonValue(_name: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return base64(value);
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) return String(value);
  return value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
