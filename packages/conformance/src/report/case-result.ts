import type { Finding } from '../requirement.js';

/** How a case ended. */
export type CaseOutcome =
  | { readonly kind: 'ok'; readonly advice: readonly Finding[] }
  | { readonly kind: 'failed'; readonly finding: Finding }
  /** The writer does not speak the protocol: it crashed, did not answer, or wrote something else. */
  | { readonly kind: 'broken'; readonly problem: string }
  /** The writer does not record what the case is about, such as `gauges`. */
  | { readonly kind: 'unsupported'; readonly what: string }
  | { readonly kind: 'skipped'; readonly why: string };

export type CaseResult = { readonly name: string; readonly durationMs: number } & CaseOutcome;

/** Results of one writer. */
export interface ConformanceResult {
  /** The name that the writer gave; otherwise its command. */
  readonly writer: string;
  /** In the order of the cases. */
  readonly results: readonly CaseResult[];
}
