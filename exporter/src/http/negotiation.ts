import type { Encoding, Format } from '../exposition/format.js';
import { parseQualityList, type QualityItem } from './quality-list.js';

const PROTOBUF = 'application/vnd.google.protobuf';
const FAMILY = 'io.prometheus.client.MetricFamily';

/**
 * The format that an Accept header prefers; the first named where several have the same quality. OpenMetrics and protobuf
 * only where they are asked for by name, and text 0.0.4 where nothing matches: a person with curl is better served by text
 * than by 406.
 */
export function negotiateFormat(accept: string | undefined): Format {
  let best: { readonly format: Format; readonly quality: number } | undefined;
  const items = parseQualityList(accept ?? '');
  for (const item of items) {
    const format = formatOf(item);
    if (format === undefined || item.quality === 0) continue;
    // A range is ignored where text is named with its own quality.
    const isRange = item.value.endsWith('/*');
    if (isRange && items.some((other) => other.value === 'text/plain' && formatOf(other) === 'text')) continue;
    if (best === undefined || item.quality > best.quality) best = { format, quality: item.quality };
  }
  return best?.format ?? 'text';
}

function formatOf({ value, parameters }: QualityItem): Format | undefined {
  const version = parameters.get('version');
  if (value === 'application/openmetrics-text') return (version ?? '1.0.0') === '1.0.0' ? 'openmetrics' : undefined;
  if (value === 'text/plain') return (version ?? '0.0.4') === '0.0.4' ? 'text' : undefined;
  // With another encoding than delimited it would be text after all, of a kind that nobody asks for.
  if (value === PROTOBUF) {
    const isKnown = parameters.get('proto') === FAMILY && parameters.get('encoding') === 'delimited';
    return isKnown ? 'protobuf' : undefined;
  }
  return value === 'text/*' || value === '*/*' ? 'text' : undefined;
}

/** gzip if an Accept-Encoding header accepts it and does not prefer the plain body. */
export function negotiateEncoding(acceptEncoding: string | undefined): Encoding {
  const items = parseQualityList(acceptEncoding ?? '');
  const named = (coding: string): number | undefined => items.find(({ value }) => value === coding)?.quality;
  const gzip = named('gzip') ?? named('x-gzip') ?? named('*') ?? 0;
  return gzip > 0 && gzip >= (named('identity') ?? 0) ? 'gzip' : 'identity';
}
