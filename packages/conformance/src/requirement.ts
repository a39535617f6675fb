/** The id of a requirement in the specification, `packages/redis-metrics/docs/merge-script.md`. */
export type RequirementId = `W-${number}`;

/** A requirement that a writer does not meet. */
export interface Finding {
  readonly requirements: readonly RequirementId[];
  /** What the specification requires. */
  readonly expected: string;
  readonly got: string;
}

/** Ends a case: the writer breaks a MUST. */
export class Violation extends Error {
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(`${finding.requirements.join(', ')}: expected ${finding.expected}, got ${finding.got}`);
    this.finding = finding;
  }
}

/** @throws Violation unless `isMet` */
export function demand(
  isMet: boolean,
  requirements: readonly RequirementId[],
  expected: string,
  got: string | number,
): asserts isMet {
  if (!isMet) throw new Violation({ requirements, expected, got: String(got) });
}
