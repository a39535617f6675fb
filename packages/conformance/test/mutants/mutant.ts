import type { RequirementId } from '../../src/index.js';

/** A change to the Python package that breaks a requirement, and the case that must find it. */
export interface Mutant {
  /** What the broken writer does. */
  readonly name: string;
  /** Text that occurs once in the package and its adapter for the kit. */
  readonly text: string;
  readonly by: string;
  readonly caughtBy: string;
  /** How long an answer may take; default half a minute. */
  readonly timeoutMs?: number;
  /** Other cases that must find it, too. */
  readonly alsoCaughtBy?: readonly string[];
  /** One of the requirements in the finding. */
  readonly requirement: RequirementId;
  /** Found instead when the machine is so busy that what should happen at the same time happens one after the other. */
  readonly orRequirement?: RequirementId;
}
