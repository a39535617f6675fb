import { compareBytes, type Label } from '@redmeter/metric-format';

/** Labels with others added, sorted by name; one with the name of an added label is prefixed with `exported_`, as Prometheus does it. */
export function withTargetLabels(labels: readonly Label[], targetLabels: readonly Label[]): Label[] {
  const added = new Set(targetLabels.map(([name]) => name));
  const taken = new Set([...added, ...labels.map(([name]) => name)]);
  const own = labels.map(([name, value]): Label => {
    if (!added.has(name)) return [name, value];
    let free = name;
    // As Prometheus does it with labels that its targets bring along.
    do free = `exported_${free}`;
    while (taken.has(free));
    taken.add(free);
    return [free, value];
  });
  return [...own, ...targetLabels].sort(([a], [b]) => compareBytes(a, b));
}
