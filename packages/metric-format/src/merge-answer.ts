import { DROP_REASONS, type DropReason } from './drop-reasons.js';

/** What can become of a total of a stream, beside being added. */
export const TOTAL_NOTES = [
  /** It had been taken in before: nothing was added. */
  'repeated',
  /** Its stream started anew since: nothing was added. */
  'out_of_order',
  /** The first of a stream that may have counted before: nothing was added, and the next one adds what is more. */
  'baseline',
  /** It has other buckets than the one before, with the same start: nothing was added, and the next one adds what is more. */
  'other_buckets',
  /** It is less than the one before, so the stream began anew: all of it was added. */
  'reset',
] as const;

/** The number of totals of a series that each note is about. */
export type TotalNotes = ReadonlyMap<(typeof TOTAL_NOTES)[number], number>;

/** A reply of the merge script. */
export type MergeAnswer =
  /** The batch is applied now, or was before, except for the refused series. */
  | {
      readonly kind: 'applied' | 'duplicate';
      readonly dataset: string;
      /** Redis's time, in milliseconds since the epoch. */
      readonly nowMs: number;
      /** Why series were refused, by their index in the batch, from 1. */
      readonly refusals: ReadonlyMap<number, DropReason>;
      /** What Redis has for a refused series, for the first of each metric and reason; by the same indexes. */
      readonly found: ReadonlyMap<number, string>;
      /** What became of totals of streams, by the index of their series; empty where all were added. */
      readonly totals: ReadonlyMap<number, TotalNotes>;
      /** Why the indexes could not be written; undefined when they were. */
      readonly indexError: string | undefined;
      /** The revision of the data; '' when there is none. */
      readonly revision: string;
    }
  /** Not applied: batches after `noted` are missing. `note` comes from the mark; '' when it is unknown. */
  | { readonly kind: 'gap'; readonly dataset: string; readonly noted: number; readonly note: string }
  /**
   * Not applied: there is neither a ledger nor a mark (`unknown`), or the data set is another one, '' for none (`dataset`). `isGone`:
   * the data are certainly older than the writer's last batch.
   */
  | { readonly kind: 'unknown' | 'dataset'; readonly dataset: string; readonly isGone: boolean }
  /** Not applied: the data set has another format or number of shards. */
  | { readonly kind: 'format'; readonly record: string };

/**
 * Parses a reply of the merge script.
 * @throws TypeError when it is not one
 */
export function readMergeAnswer(reply: unknown): MergeAnswer {
  if (!Array.isArray(reply) || !reply.every((element) => typeof element === 'string')) throw notAnAnswer(reply);
  const [kind, dataset = '', now = '', detail = '', ...more] = reply;
  switch (kind) {
    case 'applied':
    case 'duplicate':
      return {
        kind,
        dataset,
        nowMs: Number(now),
        indexError: detail === '' ? undefined : detail,
        revision: more.length % 2 === 1 ? (more.at(-1) ?? '') : '',
        ...readRefusals(more),
      };
    case 'gap':
      return { kind, dataset, noted: Number(detail), note: more[0] ?? '' };
    case 'unknown':
    case 'dataset':
      return { kind, dataset, isGone: detail === 'gone' };
    case 'format':
      return { kind, record: dataset };
    default:
      throw notAnAnswer(reply);
  }
}

/**
 * Each refusal is an index and a word: the reason, optionally followed by a colon and what Redis has. Of totals there are notes alike,
 * each followed by the number of totals.
 */
function readRefusals(words: readonly string[]): {
  refusals: ReadonlyMap<number, DropReason>;
  found: ReadonlyMap<number, string>;
  totals: ReadonlyMap<number, TotalNotes>;
} {
  const totals = new Map<number, Map<(typeof TOTAL_NOTES)[number], number>>();
  const refusals = new Map<number, DropReason>();
  const found = new Map<number, string>();
  for (let i = 0; i + 1 < words.length; i += 2) {
    const place = Number(words[i]);
    const [, name, encoded] = /^([^:]*)(?::(.*))?$/s.exec(words[i + 1] ?? '') ?? [];
    const note = TOTAL_NOTES.find((each) => each === name);
    if (note !== undefined) {
      const notes = totals.get(place) ?? new Map<(typeof TOTAL_NOTES)[number], number>();
      totals.set(place, notes.set(note, Number(encoded ?? 1)));
      continue;
    }
    refusals.set(place, DROP_REASONS.find((reason) => reason === name) ?? 'refused');
    if (encoded !== undefined) found.set(place, decodeBytes(encoded));
  }
  return { refusals, found, totals };
}

/** Decodes percent-encoding; bytes that are cut off or not UTF-8 become replacement characters. */
function decodeBytes(text: string): string {
  const bytes = text.replace(/%([0-9A-F]{2})/g, (_all, digits: string) => String.fromCharCode(parseInt(digits, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

function notAnAnswer(reply: unknown): TypeError {
  return new TypeError(`expected an answer of the merge script, got ${JSON.stringify(reply).slice(0, 200)}`);
}
