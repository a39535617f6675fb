const wordOperators = new Set(['and', 'or', 'unless', 'offset', 'bool']);

/** The names of the series that a PromQL expression asks for, each once. */
export function metricNames(expression: string): string[] {
  const withoutLabels = expression
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  // Not what stands before a parenthesis, that is a function; nor the unit of a duration.
  const names = withoutLabels.match(/(?<![\w:.])[a-zA-Z_:][\w:]*(?![\w:]|\s*\()/g) ?? [];
  return [...new Set(names.filter((name) => !wordOperators.has(name)))];
}

/** The expression without `or vector(0)`: such an expression has an answer even when its metric does not exist. */
export function withoutZeroFallback(expression: string): string {
  return expression.replaceAll(' or vector(0)', '');
}
