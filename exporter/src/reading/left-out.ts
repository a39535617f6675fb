import { compareBytes, OWN_NAME_START } from '@redmeter/metric-format';

/**
 * Chooses the metrics that do not fit into a response: whole metrics are added in the byte order of their names, redmeter's own
 * first, as long as they fit.
 * @param sizes the number of keys of each metric, by name
 * @param most maximum number of keys
 */
export function metricsLeftOut(sizes: ReadonlyMap<string, number>, most: number): ReadonlySet<string> {
  const names = [...sizes.keys()].sort(compareBytes);
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
