import { compareBytes } from './byte-order.js';
import { isJsonObject } from './json.js';
import type { Label } from './series-key.js';
import { readSpecialNumber, readTime } from './special-number.js';

/** An observation, or an increment, with what tells where it came from: most often the id of its trace. */
export interface Exemplar {
  /** Sorted by the bytes of their names. */
  readonly labels: readonly Label[];
  /** What was observed, or counted, in the unit of the metric. */
  readonly value: number;
  /** When it was recorded, in milliseconds since the epoch; undefined when not given. */
  readonly timestampMs: number | undefined;
}

/** Most exemplars that a histogram has; a counter has one. */
export const MAX_EXEMPLARS = 10;

/** Most characters (code points) of all names and values of an exemplar's labels together, as OpenMetrics has it. */
export const MAX_EXEMPLAR_CHARACTERS = 128;

/**
 * Reads the exemplars of a record: the newest of them, the oldest first. Those that cannot be read are left out: a record
 * is what it counts, with or without them.
 * @param most how many are kept
 */
export function parseExemplars(value: unknown, most: number): readonly Exemplar[] {
  if (!Array.isArray(value)) return NONE;
  const read = value.map(parseExemplar).filter((exemplar) => exemplar !== undefined);
  if (read.length === 0) return NONE;
  return read.sort((a, b) => (a.timestampMs ?? 0) - (b.timestampMs ?? 0)).slice(-most);
}

const NONE: readonly Exemplar[] = [];

function parseExemplar(value: unknown): Exemplar | undefined {
  if (!isJsonObject(value)) return undefined;
  const { labels, value: observed, timestamp } = value as { labels?: unknown; value?: unknown; timestamp?: unknown };
  const number = readSpecialNumber(observed);
  const read = parseLabels(labels);
  if (number === undefined || read === undefined) return undefined;
  return { labels: read, value: number, timestampMs: readTime(timestamp) };
}

function parseLabels(value: unknown): Label[] | undefined {
  if (!isJsonObject(value)) return undefined;
  const labels: Label[] = [];
  let characters = 0;
  for (const [name, text] of Object.entries(value)) {
    if (name === '' || typeof text !== 'string') return undefined;
    characters += Array.from(name).length + Array.from(text).length;
    labels.push([name, text]);
  }
  if (labels.length === 0 || characters > MAX_EXEMPLAR_CHARACTERS) return undefined;
  return labels.sort(([a], [b]) => compareBytes(a, b));
}
