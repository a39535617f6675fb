import { isLegacyMetricName, isPlainName } from './names.js';

/**
 * How names that Prometheus 2 does not accept are shown, as a scraper asks in the parameter `escaping` of its Accept header; the schemes
 * of Prometheus's `model.EscapeName`. `allow-utf-8` shows them as they are.
 */
export const ESCAPING_SCHEMES = ['allow-utf-8', 'underscores', 'dots', 'values'] as const;

/** One of ESCAPING_SCHEMES. */
export type EscapingScheme = (typeof ESCAPING_SCHEMES)[number];

/** For scrapers that do not say what they accept, as Prometheus 2: every other character becomes `_`. */
export const DEFAULT_ESCAPING: EscapingScheme = 'underscores';

/** A metric name as a scheme shows it; names that Prometheus 2 accepts stay as they are in every scheme. */
export function escapeMetricName(name: string, scheme: EscapingScheme): string {
  return scheme === 'allow-utf-8' || isLegacyMetricName(name) ? name : escaped(name, scheme, /[a-zA-Z0-9:]/);
}

/** A label name as a scheme shows it; other than in metric names, a colon is escaped, since Prometheus 2 does not accept it. */
export function escapeLabelName(name: string, scheme: EscapingScheme): string {
  return scheme === 'allow-utf-8' || isPlainName(name) ? name : escaped(name, scheme, /[a-zA-Z0-9]/);
}

/** @param kept characters that are never escaped, but for a digit at the beginning */
function escaped(name: string, scheme: Exclude<EscapingScheme, 'allow-utf-8'>, kept: RegExp): string {
  const escape = ESCAPES[scheme];
  const parts = Array.from(name, (character, i) =>
    kept.test(character) && !(i === 0 && /\d/.test(character)) ? character : escape(character),
  );
  return (scheme === 'values' ? 'U__' : '') + parts.join('');
}

const ESCAPES: Readonly<Record<Exclude<EscapingScheme, 'allow-utf-8'>, (character: string) => string>> = {
  underscores: () => '_',
  dots: (character) => (character === '.' ? '_dot_' : '__'),
  values: (character) => (character === '_' ? '__' : `_${(character.codePointAt(0) ?? 0).toString(16)}_`),
};
