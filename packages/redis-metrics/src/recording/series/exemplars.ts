import { formatNumber, isPlainName, MAX_EXEMPLAR_CHARACTERS, MAX_EXEMPLARS } from '@redmeter/metric-format';
import { shownValue } from '../../errors/shown-value.js';
import { messageOf } from '../../errors/error-text.js';
import type { SeriesFamily } from './series.js';

/** Labels of an exemplar, e.g. `{ trace_id: '…' }`: at most 128 characters of names and values together. */
export type ExemplarLabels = Readonly<Record<string, string | number | boolean>>;

const HALF_A_PAIR = /\p{Surrogate}/u;

interface PendingExemplar {
  /** In JSON. */
  readonly labels: string;
  readonly value: number;
  readonly atMs: number;
}

/** The newest exemplar of each bucket that waits to be sent; of ten buckets at most. */
export class PendingExemplars {
  /** By bucket; the newest last. */
  readonly #newest = new Map<number, PendingExemplar>();

  /**
   * Keeps the exemplar of one recording: the given one, otherwise that of the service's `exemplarSource`. One that is invalid is left
   * out, counted and logged; it never costs the recording.
   * @param bucket a number for each bucket
   */
  note(family: SeriesFamily, bucket: number, value: number, given: unknown): void {
    const labels = readLabels(family, given);
    if (labels === undefined) return;
    this.#newest.delete(bucket);
    this.#newest.set(bucket, { labels, value, atMs: family.scope.clock() });
    if (this.#newest.size <= MAX_EXEMPLARS) return;
    for (const oldest of this.#newest.keys()) {
      this.#newest.delete(oldest);
      return;
    }
  }

  /** Takes them in JSON, one after the other, as the merge script takes them. @param nowMs when the batch is made, by the clock */
  take(nowMs: number): string {
    const texts = Array.from(this.#newest.values(), ({ labels, value, atMs }) => {
      const age = Math.max(0, Math.round(nowMs - atMs));
      return `{"labels":${labels},"value":${formatNumber(value)},"age":${age}}`;
    });
    this.#newest.clear();
    return texts.join(',');
  }
}

/** The labels in JSON; undefined without any. */
function readLabels(family: SeriesFamily, given: unknown): string | undefined {
  try {
    const labels = given === undefined ? family.scope.exemplarSource?.() : given;
    if (labels === undefined || labels === null) return undefined;
    const checked = checkLabels(labels);
    if (typeof checked !== 'string')
      return checked.size === 0 ? undefined : JSON.stringify(Object.fromEntries(checked));
    family.dropExemplar(() => checked);
  } catch (error) {
    // The source of the application failed, or a getter in the labels.
    family.dropExemplar(() => `it threw ${shownValue(messageOf(error))}`);
  }
  return undefined;
}

/** The labels that are not empty, or why they are none. */
function checkLabels(labels: unknown): ReadonlyMap<string, string> | string {
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    return `expected an object of labels such as { trace_id: '…' }, got ${shownValue(labels)}`;
  }
  const checked = new Map<string, string>();
  let characters = 0;
  for (const [name, value] of Object.entries(labels) as [string, unknown][]) {
    if (value === undefined || value === '') continue;
    const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    const text = isText ? String(value) : '';
    if (!isPlainName(name) || !isText || HALF_A_PAIR.test(text)) {
      return `expected names of letters, digits and _ with text, got ${shownValue(name)} with ${shownValue(value)}`;
    }
    characters += name.length + Array.from(text).length;
    if (characters > MAX_EXEMPLAR_CHARACTERS) {
      return `expected at most ${MAX_EXEMPLAR_CHARACTERS} characters of names and values, got more with ${shownValue(name)}`;
    }
    checked.set(name, text);
  }
  return checked;
}
