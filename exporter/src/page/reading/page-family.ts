import { OWN_NAME_START, PERCENTILES } from '@redmeter/metric-format';
import type { ShownFamily } from '../../series/shown-family.js';

/** A family with the families derived from it, which the page does not list separately. */
export interface PageFamily extends ShownFamily {
  /** Of a histogram: the gauges of p50, p95 and p99, where they have samples. */
  readonly percentiles: readonly (ShownFamily | undefined)[];
  /** Whether it is redmeter's own. */
  readonly isOwn: boolean;
}

/** Puts each histogram and its percentiles together. */
export function pageFamilies(families: readonly ShownFamily[]): PageFamily[] {
  const byName = new Map(families.map((family) => [family.name, family]));
  const folded = new Set<ShownFamily>();
  const all = families.map((family): PageFamily => {
    const percentiles =
      family.type === 'histogram' ? PERCENTILES.map(({ suffix }) => byName.get(family.name + suffix)) : [];
    for (const derived of percentiles) if (derived?.type === 'gauge') folded.add(derived);
    return { ...family, percentiles, isOwn: family.name.startsWith(OWN_NAME_START) };
  });
  return all.filter((_, i) => {
    const family = families[i];
    return family !== undefined && !folded.has(family);
  });
}
