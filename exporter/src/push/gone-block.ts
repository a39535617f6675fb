import type { BlockShape, SeriesLayout } from './encode/series-layout.js';

/** The series of a block that are gone since the last round, or some of them. */
export interface GoneBlock {
  readonly layout: SeriesLayout;
  readonly block: number;
  /** What it was. */
  readonly shape: BlockShape;
  /** What stands under the same labels now: the series of that are not gone. */
  readonly kept: BlockShape | undefined;
  /** When they were missed first, in milliseconds since the epoch. */
  readonly timestampMs: number;
}
