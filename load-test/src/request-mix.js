/**
 * A sequence in which each item comes exactly `weight` times, spread as evenly as can be: the smooth weighted round
 * robin of nginx, so that users come and go in turns rather than in blocks.
 * @template {{readonly weight: number}} T
 * @param {readonly T[]} items weights are whole numbers
 * @returns {T[]}
 */
export function requestMix(items) {
  const total = items.reduce((sum, { weight }) => sum + weight, 0);
  const candidates = items.map((item) => ({ item, credit: 0 }));
  return Array.from({ length: total }, () => {
    candidates.forEach((candidate) => (candidate.credit += candidate.item.weight));
    const next = candidates.reduce((best, candidate) => (candidate.credit > best.credit ? candidate : best));
    next.credit -= total;
    return next.item;
  });
}
