/** How an application sent its users to versions. */
export type Assignment = {
  readonly application: string;
  /** By version: the share of users it should get, in relation to the others. */
  readonly weights: readonly number[];
  /** By version: users who were sent to it. */
  readonly exposed: readonly number[];
  /** By metric, then by version: users who gave it a value. */
  readonly valued: Readonly<Record<string, readonly number[]>>;
  /** By ratio: the metric that it divides by. */
  readonly denominators: Readonly<Record<string, string>>;
};

/** Whether the data of an A/B/n test are such that its versions can be compared. */
export type DataCheck = {
  /** `split`: users are split as the weights say. `attrition`: the same share of each version's users gave the metric a value. `covariate`: what users were before does not differ. */
  readonly kind: 'split' | 'attrition' | 'covariate';
  /** The metric, without `abn/`; none for `split`. */
  readonly metric?: string;
  readonly holds: boolean;
  readonly pValue: number;
  /** What was found, in words. */
  readonly finding: string;
};
