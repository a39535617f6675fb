const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** How a duration is written, for people. */
export const DURATION_FORM = 'a duration such as 500ms, 30s or 1m30s';

/** A duration as Go writes it (`500ms`, `1.5s`, `1m30s`, `2h`) in milliseconds; undefined when it is not one or is not above zero. */
export function parseDurationMs(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    totalMs += Number(amount) * (unitMs[unit ?? ''] ?? NaN);
  }
  return totalMs > 0 ? totalMs : undefined;
}
