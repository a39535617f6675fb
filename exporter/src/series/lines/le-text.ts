import { formatLe } from '@redmeter/metric-format';

const LE_TEXTS = new Map<number, string>();
const MAX_LE_TEXTS = 10_000;

/** The text of a bound; kept, since the bounds of series are few. */
export function leText(bound: number): string {
  // Both zeros are one key of a Map, but two texts.
  if (bound === 0) return formatLe(bound);
  let text = LE_TEXTS.get(bound);
  if (text === undefined) {
    text = formatLe(bound);
    if (LE_TEXTS.size < MAX_LE_TEXTS) LE_TEXTS.set(bound, text);
  }
  return text;
}
