import type { MergeRules } from '../reference/merge-reference.js';

/** A fault put into the protocol, which the simulation must find. */
export interface Mutant {
  readonly name: string;
  /** The rule of the merge script that is switched off. */
  readonly rule?: keyof MergeRules;
  /** A text in a file of the library that is replaced. */
  /** The seed from which a search soon finds it; default 1. */
  readonly from?: number;
  readonly replaced?: { readonly file: string; readonly from: string; readonly to: string };
}

export const MUTANTS: readonly Mutant[] = [
  { name: 'no ledger check', rule: 'ledger' },
  { name: 'no rule of the batch before', rule: 'order' },
  { name: 'no data set id', rule: 'dataset' },
  { name: 'refusals are not noted', rule: 'refusals' },
  { name: 'no mark', rule: 'mark' },
  { name: 'no revision', rule: 'revision' },
  { name: 'no rule for resuming', rule: 'resume', from: 5001 },
  { name: 'native buckets of all layouts are taken for those of the record', rule: 'layouts' },
  {
    name: 'batches in doubt are sent again',
    replaced: {
      file: 'delivery/batch-sender.ts',
      from: 'if (!answer.isGone || this.#isLedgerExpired) this.#dropInDoubt();',
      to: '',
    },
    from: 3001,
  },
  {
    name: 'an application that sends again by itself is not noticed',
    replaced: {
      file: 'redis/redis-connection.ts',
      from: 'this.#own === undefined && (this.#client.isCluster || this.#connections !== connections)',
      to: 'false',
    },
    from: 20_023_301,
  },
  {
    name: 'one incarnation for all writers',
    replaced: {
      file: 'delivery/batch-sender.ts',
      from: 'this.#incarnation = runtime.newId();',
      to: "runtime.newId(); this.#incarnation = 'same';",
    },
  },
  {
    name: 'sent again under another number',
    replaced: {
      file: 'delivery/batch-sender.ts',
      from: '    if (isLeftOver) return this.#exchange(batch);',
      to: '    if (batch.isInDoubt) batch.number = this.#lastNumber += 1; if (isLeftOver) return this.#exchange(batch);',
    },
  },
  {
    name: 'a late reply is taken for that of the next call',
    replaced: {
      file: 'delivery/batch-sender.ts',
      from: 'if (isLeftOver) return this.#exchange(batch);',
      to: 'if (isLeftOver) { this.#queue.shift(); return this.#exchange(batch); }',
    },
  },
  {
    name: 'batches that Redis lost are not sent again',
    replaced: {
      file: 'delivery/batch-sender.ts',
      from: 'this.#queue.unshift(...kept);',
      to: 'void kept;',
    },
  },
  {
    name: 'written again after FLUSHALL',
    replaced: {
      file: 'delivery/batch-sender.ts',
      from: "if (answer.kind === 'unknown' && answer.isGone) {",
      to: 'if (answer.isGone) { this.#dataset = answer.dataset;',
    },
  },
  {
    name: 'what Redis lost is not counted as lost',
    replaced: { file: 'delivery/batch-sender.ts', from: "countAsDropped(differences, 'lost');", to: '' },
  },
  {
    name: 'refused series count as flushed',
    replaced: {
      file: 'delivery/batch.ts',
      from: 'of === tally ? left - recordings : left',
      to: 'of === tally ? left : left',
    },
  },
  {
    name: 'no retry after a failed flush',
    replaced: {
      file: 'redis/redis-connection.ts',
      from: 'this.#reconnecting = this.#runtime.after(delayMs, () => this.#connectAgain());',
      to: 'if (this.#endings > 1) return; this.#reconnecting = this.#runtime.after(delayMs, () => this.#connectAgain());',
    },
  },
  {
    name: 'a listener is left behind',
    replaced: { file: 'redis/redis-connection.ts', from: "        this.#client.off('end', settle);\n", to: '' },
  },
  {
    name: 'recordings are taken twice',
    replaced: { file: 'delivery/batch.ts', from: '    series.recordings = 0;\n', to: '' },
  },
  {
    name: 'native buckets are taken twice',
    replaced: { file: 'recording/series/native-histogram-series.ts', from: '    this.#native.clear();\n', to: '' },
  },
  {
    name: 'native buckets are sent with the schema that was declared',
    replaced: {
      file: 'recording/series/native-histogram-series.ts',
      from: '"schema":${schema}',
      to: '"schema":${this.#layout.schema}',
    },
  },
  {
    name: 'the zero threshold itself is no zero',
    replaced: {
      file: 'recording/series/native-counts.ts',
      from: 'if (value > this.#zeroThreshold)',
      to: 'if (value >= this.#zeroThreshold)',
    },
  },
];
