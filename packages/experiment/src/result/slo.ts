type SloBase = {
  /** The metric by the name the author gave it. */
  readonly metric: string;
  /** Which values are too much: those above the limit or the margin, or those below. */
  readonly bound: 'upper' | 'lower';
  /** When set, the confidence interval at this level decides, not the point estimate. */
  readonly confidence?: number;
  /** Whether it guards against harm, so that no reward makes up for it; judged like any other. */
  readonly isGuardRail?: true;
};

/** A fixed limit for one metric, inclusive. */
export type LimitSlo = SloBase & { readonly limit: number };

/** How much worse than the first version a version may be: by a share of its value, or by an amount. */
export type Margin =
  { readonly kind: 'relative'; readonly share: number } | { readonly kind: 'absolute'; readonly amount: number };

/** A version may not be worse than the first one by more than a margin, inclusive. */
export type BaselineSlo = SloBase & { readonly margin: Margin; readonly confidence: number };

/** A service level objective for one metric. */
export type Slo = LimitSlo | BaselineSlo;

/** Whether an SLO compares with the first version. */
export function isBaselineSlo(slo: Slo): slo is BaselineSlo {
  return 'margin' in slo;
}
