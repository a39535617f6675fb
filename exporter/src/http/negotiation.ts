import { DEFAULT_ESCAPING, ESCAPING_SCHEMES, type EscapingScheme } from '@redmeter/metric-format';
import type { AskedFormat, Encoding, Format } from '../exposition/format.js';
import { parseQualityList, type QualityItem } from './quality-list.js';

const PROTOBUF = 'application/vnd.google.protobuf';
const FAMILY = 'io.prometheus.client.MetricFamily';

/** An accepted format, and what names it. */
interface AcceptedFormat {
  readonly format: Format;
  readonly item: QualityItem;
}

/**
 * The format that an Accept header prefers; the first named where several have the same quality. OpenMetrics and protobuf
 * only where they are asked for by name, and text 0.0.4 where nothing matches: a person with curl is better served by text
 * than by 406. The escaping is that of the format, else that of the format preferred next that has one: Prometheus 3 names
 * it with only some of its formats. Who names none gets underscores.
 */
export function negotiateFormat(accept: string | undefined): AskedFormat {
  const items = parseQualityList(accept ?? '');
  const accepted = items
    .flatMap((item): AcceptedFormat[] => {
      const format = formatOf(item);
      if (format === undefined || item.quality === 0) return [];
      // A range is ignored where text is named with its own quality.
      const isRange = item.value.endsWith('/*');
      const isIgnored = isRange && items.some((other) => other.value === 'text/plain' && formatOf(other) === 'text');
      return isIgnored ? [] : [{ format, item }];
    })
    .sort((a, b) => b.item.quality - a.item.quality);
  const [best] = accepted;
  const escaping = accepted.map(({ item }) => escapingOf(item)).find((scheme) => scheme !== undefined);
  return {
    format: best?.format ?? 'text',
    escaping: escaping ?? DEFAULT_ESCAPING,
    ...(best?.format === 'text' && best.item.parameters.get('version') === '1.0.0' ? { textVersion: '1.0.0' } : {}),
  };
}

function escapingOf({ parameters }: QualityItem): EscapingScheme | undefined {
  return ESCAPING_SCHEMES.find((scheme) => scheme === parameters.get('escaping'));
}

function formatOf({ value, parameters }: QualityItem): Format | undefined {
  const version = parameters.get('version');
  if (value === 'application/openmetrics-text') return (version ?? '1.0.0') === '1.0.0' ? 'openmetrics' : undefined;
  if (value === 'text/plain') return ['0.0.4', '1.0.0'].includes(version ?? '0.0.4') ? 'text' : undefined;
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
