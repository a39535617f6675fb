import type { Refusals } from './batch.js';
import { DROP_REASONS, type DropReason } from './drop-reasons.js';

/** What the merge script answers. */
export type MergeAnswer =
  /** Noted now, or before; applied but for the series refused. */
  | {
      readonly kind: 'applied' | 'duplicate';
      readonly dataset: string;
      /** Redis's time, in milliseconds since the epoch. */
      readonly nowMs: number;
      readonly refusals: Refusals;
      /** Why the indexes could not be written; undefined when they were. */
      readonly trouble: string | undefined;
    }
  /** Not applied: batches after `noted` are missing. The note is that of the mark, '' when it is not known. */
  | { readonly kind: 'gap'; readonly dataset: string; readonly noted: number; readonly note: string }
  /** Not applied: there is neither a ledger nor a mark. */
  | { readonly kind: 'unknown'; readonly dataset: string }
  /** Not applied: nor these, and the data set is another, or none (''). */
  | { readonly kind: 'dataset'; readonly dataset: string }
  /** Not applied: the data set's record is of another format or number of shards. */
  | { readonly kind: 'format'; readonly record: string };

/**
 * Reads the reply of the merge script.
 * @throws TypeError when it is none
 */
export function readMergeAnswer(reply: unknown): MergeAnswer {
  if (!Array.isArray(reply) || !reply.every((element) => typeof element === 'string')) throw notAnAnswer(reply);
  const [kind, dataset = '', now = '', detail = '', ...refused] = reply;
  switch (kind) {
    case 'applied':
    case 'duplicate':
      return {
        kind,
        dataset,
        nowMs: Number(now),
        trouble: detail === '' ? undefined : detail,
        refusals: readRefusals(refused),
      };
    case 'gap':
      return { kind, dataset, noted: Number(detail), note: refused[0] ?? '' };
    case 'unknown':
    case 'dataset':
      return { kind, dataset };
    case 'format':
      return { kind, record: dataset };
    default:
      throw notAnAnswer(reply);
  }
}

function readRefusals(words: readonly string[]): Refusals {
  const refusals = new Map<number, DropReason>();
  for (let i = 0; i + 1 < words.length; i += 2) {
    refusals.set(Number(words[i]), DROP_REASONS.find((reason) => reason === words[i + 1]) ?? 'refused');
  }
  return refusals;
}

function notAnAnswer(reply: unknown): TypeError {
  return new TypeError(`expected an answer of the merge script, got ${JSON.stringify(reply).slice(0, 200)}`);
}
