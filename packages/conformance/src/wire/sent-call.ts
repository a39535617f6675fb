import type { MergeCall } from './merge-call.js';

/** What was answered to a call, by Redis or by the kit. */
export type CallAnswer =
  { readonly kind: 'texts'; readonly texts: readonly string[] } | { readonly kind: 'error'; readonly text: string };

/** A call of the merge script as the kit saw it. */
export interface SentCall {
  readonly call: MergeCall;
  /** The connection on which it came, from 1. */
  readonly connection: number;
  /** When it came, by the kit's clock. */
  readonly atMs: number;
  /** Undefined when it never reached Redis and the kit gave no answer. */
  answer: CallAnswer | undefined;
  /** When the answer was given to the writer. */
  deliveredAtMs: number | undefined;
  /** Whether the connection ended before the answer was given. */
  isCut: boolean;
}

/** Whether Redis has the batch of this call now, or had it before. */
export function isAcknowledged({ answer }: SentCall): boolean {
  return answer?.kind === 'texts' && (answer.texts[0] === 'applied' || answer.texts[0] === 'duplicate');
}
