import type { BlockSeries } from './encode/block-shape.js';
import type { SeriesLayout } from './encode/series-layout.js';

/** Series of a block that are gone. */
export interface GoneBlock {
  readonly layout: SeriesLayout;
  readonly block: number;
  readonly isNative: boolean;
  readonly series: readonly BlockSeries[];
  /** When they were missed first, in milliseconds since the epoch. */
  readonly timestampMs: number;
}
