/** The known name that was probably meant: equal but for case, else within a third of its length in single-letter edits. */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  const lower = given.toLowerCase();
  let nearest: string | undefined;
  let nearestDistance = Infinity;
  for (const name of known) {
    const distance = editDistance(lower, name.toLowerCase());
    if (distance < nearestDistance && distance <= Math.max(1, Math.ceil(name.length / 3))) {
      nearest = name;
      nearestDistance = distance;
    }
  }
  return nearest;
}

// Levenshtein's distance, row by row (Wagner and Fischer 1974).
function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[other.length] ?? 0;
}
