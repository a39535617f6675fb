import type { SloVerdict } from './slo-verdict.js';

/** The verdicts of one look, in the order of the SLOs, then of the versions; winners in the order of the rewards. */
export type Look = {
  readonly number: number;
  /** When, in ISO 8601. */
  readonly time?: string;
  readonly verdicts: readonly (readonly LookVerdict[])[];
  readonly winners: readonly (number | null)[];
};

/** One verdict of a look. */
export type LookVerdict = Pick<SloVerdict, 'state' | 'value' | 'change'> & {
  readonly low?: number;
  readonly high?: number;
};

/** How often the measurements of an experiment were judged while they grew, and what its verdicts promise. */
export type Looks = {
  /** This one included. */
  readonly count: number;
  /** `one look`: intervals and p values hold for this look alone. `every look`: they hold however often the verdict is computed. */
  readonly validity: 'one look' | 'every look';
  /** How many earlier looks held for one look alone: each used up the error rate that is stated. */
  readonly earlierOneLooks: number;
  /**
   * The sizes at which intervals for every look are narrowest, by version, then by group of a load or by metric. They are fixed at
   * the first such look, since nothing may depend on what was seen.
   */
  readonly plannedSizes: readonly Readonly<Record<string, number>>[];
  /** The looks so far, for a picture of them; of very many not all. */
  readonly history: readonly Look[];
};
