/** A number that the project claims, beside what this run measured. */
export interface Claim {
  readonly text: string;
  readonly measured: number;
  /** The claim holds when `measured` is at most this. */
  readonly atMost: number;
  readonly unit: string;
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

/** Tells whoever watches how far a long run is. */
export type Progress = (text: string) => void;

/** One thing measured, side by side with its named peer where there is one. */
export interface Benchmark {
  readonly name: string;
  /** Whether it runs only when it is named, as it takes minutes; default false. */
  readonly isOptIn?: boolean;
  run(progress: Progress): Promise<Result>;
}
