/** Holm's correction of several p values (Scand. J. Statist. 6, 1979, p. 65), in the given order: each may be compared to the level as if it stood alone. */
export function holmAdjusted(pValues: readonly number[]): number[] {
  const ascending = pValues.map((pValue, index) => ({ pValue, index })).sort((a, b) => a.pValue - b.pValue);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let greatest = 0;
  ascending.forEach(({ pValue, index }, position) => {
    greatest = Math.max(greatest, Math.min(1, pValue * (pValues.length - position)));
    adjusted[index] = greatest;
  });
  return adjusted;
}
