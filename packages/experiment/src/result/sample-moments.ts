/** A set of independent values, as far as tests of means need it. */
export type SampleMoments = {
  readonly count: number;
  readonly mean: number;
  /** Sum of the squared deviations from the mean: the variance times the count. */
  readonly squaredDeviations: number;
  /** Sum of the cubed deviations from the mean, if it is known: the skewness of the values. */
  readonly cubedDeviations?: number;
};

/** A set of independent pairs of values, as far as tests of their ratio or of one given the other need it. */
export type PairedMoments = {
  readonly count: number;
  readonly mean: number;
  readonly squaredDeviations: number;
  readonly otherMean: number;
  readonly otherSquaredDeviations: number;
  /** Sum of the products of both deviations: the covariance times the count. */
  readonly products: number;
};
