/** The parts of one line of an exposition without timestamps. */
export interface SampleLine {
  /** The text between the braces; empty without labels. */
  readonly labels: string;
  readonly value: string;
}

/**
 * Splits a line that begins with a metric's name.
 * @param nameLength characters of the name
 */
export function splitSample(line: string, nameLength: number): SampleLine {
  const space = line.lastIndexOf(' ');
  return {
    labels: line[nameLength] === '{' ? line.slice(nameLength + 1, space - 1) : '',
    value: line.slice(space + 1),
  };
}

/** The number of a value as the exposition formats write it. */
export function sampleNumber(value: string): number {
  if (value === '+Inf') return Number.POSITIVE_INFINITY;
  return value === '-Inf' ? Number.NEGATIVE_INFINITY : Number(value);
}
