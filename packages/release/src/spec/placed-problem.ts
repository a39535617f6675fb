import type { FieldPath } from '@redmeter/experiment';

/** What is wrong with the value at a path of a release. */
export type PlacedProblem = {
  readonly path: FieldPath;
  readonly expected: string;
  readonly got: string;
  /** The known name that was probably meant. */
  readonly nearest?: string | undefined;
};
