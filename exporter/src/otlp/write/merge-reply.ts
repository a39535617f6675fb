import { ExporterError } from '../../exporter-error.js';

/** The reply of the merge script to a batch of a writer without a mark. */
export type MergeReply =
  /** The batch is applied now, or was before, but for the refused series: reasons by the index of the series, from 1. */
  | {
      readonly kind: 'applied' | 'duplicate';
      readonly refused: ReadonlyMap<number, string>;
      readonly indexError: string;
    }
  /** Redis went back to the state after batch `noted`. */
  | { readonly kind: 'gap'; readonly noted: number }
  /** Redis has no ledger of the request. */
  | { readonly kind: 'unknown' }
  /** The data have another format or number of shards. */
  | { readonly kind: 'format'; readonly record: string };

/**
 * Parses a reply.
 * @throws ExporterError `unexpected_reply`
 */
export function readMergeReply(reply: unknown): MergeReply {
  if (Array.isArray(reply) && reply.every((element) => typeof element === 'string')) {
    const [kind, second = '', , fourth = '', ...more] = reply;
    switch (kind) {
      case 'applied':
      case 'duplicate':
        return { kind, indexError: fourth, refused: readRefused(more) };
      case 'gap':
        return { kind, noted: Number(fourth) };
      case 'unknown':
      case 'dataset':
        return { kind: 'unknown' };
      case 'format':
        return { kind, record: second };
    }
  }
  const got = JSON.stringify(reply).slice(0, 200);
  throw new ExporterError('unexpected_reply', `the merge script: expected its answer, got ${got}`);
}

function readRefused(words: readonly string[]): Map<number, string> {
  const refused = new Map<number, string>();
  for (let i = 0; i + 1 < words.length; i += 2) refused.set(Number(words[i]), words[i + 1] ?? '');
  return refused;
}
