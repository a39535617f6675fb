import { OWN_NAME_START } from '@redmeter/metric-format';

/**
 * Chooses the metrics that an answer has no room for: whole ones are taken by the bytes of their names, redmeter's own
 * first, each that still fits.
 * @param sizes how many keys each metric has, by name
 * @param most keys that there is room for
 */
export function metricsLeftOut(sizes: ReadonlyMap<string, number>, most: number): ReadonlySet<string> {
  const names = [...sizes.keys()].sort((a, b) => (a < b ? -1 : 1));
  const isOwn = (name: string): boolean => name.startsWith(OWN_NAME_START);
  const leftOut = new Set<string>();
  let room = most;
  for (const name of [...names.filter(isOwn), ...names.filter((other) => !isOwn(other))]) {
    const size = sizes.get(name) ?? 0;
    if (size <= room) room -= size;
    else leftOut.add(name);
  }
  return leftOut;
}
