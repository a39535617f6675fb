import type { Refusals } from './batch.js';
import { DROP_REASONS, type DropReason } from '../accounting/drop-reasons.js';

/** What the merge script answers. */
export type MergeAnswer =
  /** Noted now, or before; applied but for the series refused. */
  | {
      readonly kind: 'applied' | 'duplicate';
      readonly dataset: string;
      /** Redis's time, in milliseconds since the epoch. */
      readonly nowMs: number;
      readonly refusals: Refusals;
      /** What Redis has where it refused a series, for the first of each metric and reason; by places, as the refusals. */
      readonly found: ReadonlyMap<number, string>;
      /** Why the indexes could not be written; undefined when they were. */
      readonly trouble: string | undefined;
      /** Of the data, once the batch is applied; '' where it is not told. */
      readonly revision: string;
    }
  /** Not applied: batches after `noted` are missing. The note is that of the mark, '' when it is not known. */
  | { readonly kind: 'gap'; readonly dataset: string; readonly noted: number; readonly note: string }
  /**
   * Not applied: there is neither a ledger nor a mark; of `dataset`, also the data set is another, or none (''). Whether the
   * data are surely older than what the writer wrote last.
   */
  | { readonly kind: 'unknown' | 'dataset'; readonly dataset: string; readonly isGone: boolean }
  /** Not applied: the data set's record is of another format or number of shards. */
  | { readonly kind: 'format'; readonly record: string };

/**
 * Reads the reply of the merge script.
 * @throws TypeError when it is none
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
        trouble: detail === '' ? undefined : detail,
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

/** Each refusal is a place and a word: the reason, and perhaps after a colon what Redis has. */
function readRefusals(words: readonly string[]): { refusals: Refusals; found: Map<number, string> } {
  const refusals = new Map<number, DropReason>();
  const found = new Map<number, string>();
  for (let i = 0; i + 1 < words.length; i += 2) {
    const place = Number(words[i]);
    const [, name, encoded] = /^([^:]*)(?::(.*))?$/s.exec(words[i + 1] ?? '') ?? [];
    refusals.set(place, DROP_REASONS.find((reason) => reason === name) ?? 'refused');
    if (encoded !== undefined) found.set(place, decodeBytes(encoded));
  }
  return { refusals, found };
}

/** Undoes percent-encoding; what was cut, or is no UTF-8, shows as replacement characters. */
function decodeBytes(text: string): string {
  const bytes = text.replace(/%([0-9A-F]{2})/g, (_all, digits: string) => String.fromCharCode(parseInt(digits, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

function notAnAnswer(reply: unknown): TypeError {
  return new TypeError(`expected an answer of the merge script, got ${JSON.stringify(reply).slice(0, 200)}`);
}
