import { seriesHead } from '../../series/lines/series-head.js';

/** The parts of one line of an exposition without timestamps. */
export interface SampleLine {
  /** The text between the braces; empty without labels. */
  readonly labels: string;
  readonly value: string;
}

/** Splits a line of a metric of this name. */
export function splitSample(line: string, name: string): SampleLine {
  const space = line.lastIndexOf(' ');
  const { length } = seriesHead(name).open;
  return {
    // Without labels, the braces or the value end where labels would begin.
    labels: length < space - 1 ? line.slice(length, space - 1) : '',
    value: line.slice(space + 1),
  };
}

/** The number of a value as the exposition formats write it. */
export function sampleNumber(value: string): number {
  if (value === '+Inf') return Number.POSITIVE_INFINITY;
  return value === '-Inf' ? Number.NEGATIVE_INFINITY : Number(value);
}
