/** A number that the project claims, beside what this run measured. */
export type Claim = {
  readonly text: string;
  readonly measured: number;
  readonly unit: string;
} & (
  | {
      /** The claim holds when `measured` is at most this. */
      readonly atMost: number;
    }
  | {
      /** The claim holds when `measured` is at least this. */
      readonly atLeast: number;
    }
);

/** Whether what was measured is what is claimed. */
export function holds(claim: Claim): boolean {
  return 'atMost' in claim ? claim.measured <= claim.atMost : claim.measured >= claim.atLeast;
}

/** What is claimed, in words. */
export function limitOf(claim: Claim): string {
  const [word, limit] = 'atMost' in claim ? ['at most', claim.atMost] : ['at least', claim.atLeast];
  return `${word} ${+limit.toFixed(2)}${claim.unit}`;
}

/** What one benchmark measured. */
export interface Result {
  readonly name: string;
  /** How it was measured, in a sentence. */
  readonly method: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  readonly claims: readonly Claim[];
}

/** Reports the progress of a long run. */
export type Progress = (text: string) => void;

/** One thing measured, side by side with its named peer where there is one. */
export interface Benchmark {
  readonly name: string;
  /** Whether it runs only when it is named, as it takes minutes; default false. */
  readonly isOptIn?: boolean;
  run(progress: Progress): Promise<Result>;
}
