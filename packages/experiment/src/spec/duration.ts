// Go takes the sign for micro and the Greek letter.
const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  '\u00b5s': 1e-3,
  '\u03bcs': 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** How a duration is written, for people. */
export const DURATION_FORM = 'a duration such as 500ms, 30s or 1m30s';

/**
 * A duration as Go writes it (`500ms`, `1.5s`, `1m30s`, `2h`, `800µs`) in milliseconds, a part of one counted as one; undefined when
 * it is not one or is not above zero.
 */
export function parseDurationMs(text: string): number | undefined {
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:[nu\u00b5\u03bcm]s|[smh]))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([^\d.]+)/g)) {
    totalMs += Number(amount) * (unitMs[unit ?? ''] ?? NaN);
  }
  // 1.1 h is 3960000.0000000005 ms in floating point.
  return totalMs > 0 ? Math.ceil(Number(totalMs.toPrecision(12))) : undefined;
}
