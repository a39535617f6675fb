/** A set of independent values, as far as tests of means need it. */
export type SampleMoments = {
  readonly count: number;
  readonly mean: number;
  /** Sum of the squared deviations from the mean: the variance times the count. */
  readonly squaredDeviations: number;
};
