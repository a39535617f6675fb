import type { MetricType } from '@redmeter/metric-format';
import type { Feature } from '../protocol/messages.js';
import type { RequirementId } from '../requirement.js';
import type { Scene } from '../scene/scene.js';

/** One test case for a writer. */
export interface ConformanceCase {
  /** Words joined by hyphens; stable, since documents name it. */
  readonly name: string;
  /** What it checks, in addition to the form of calls, which every case checks. */
  readonly requirements: readonly RequirementId[];
  /** What the writer must be able to record; otherwise the case is reported as unsupported. */
  readonly needs?: readonly (MetricType | Feature)[];
  /** The prefix of keys, if it is not the usual one. */
  readonly prefix?: string;
  /** Whether it waits for time to pass: such cases run in parallel with the others, on their own Redis. */
  readonly isSlow?: boolean;
  /** @throws Violation, ProtocolError */
  readonly run: (scene: Scene) => Promise<void>;
}

/** Requirements that every case checks in every call. */
export const CHECKED_IN_EVERY_CASE: readonly RequirementId[] = [
  ...(['W-12', 'W-13', 'W-14', 'W-16', 'W-18', 'W-20', 'W-21', 'W-27', 'W-28', 'W-29', 'W-30', 'W-31'] as const),
  ...(['W-41', 'W-46', 'W-47', 'W-48', 'W-56'] as const),
];
