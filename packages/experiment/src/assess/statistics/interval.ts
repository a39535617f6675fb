/** A confidence interval; an end that the sample does not bound is infinite. */
export type Interval = { readonly low: number; readonly high: number };
