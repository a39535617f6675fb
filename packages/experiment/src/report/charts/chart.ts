import type { SloVerdict } from '../../result/slo-verdict.js';

/** One value of a series with the text that a reader sees of it; a null value leaves a gap. */
export type ChartPoint = {
  readonly x: number;
  readonly y: number | null;
  readonly text: string;
  /** An end that is missing has no bound. */
  readonly interval?: { readonly low?: number | undefined; readonly high?: number | undefined };
  readonly state?: SloVerdict['state'];
};

/** One line of a chart. */
export type ChartSeries = {
  readonly label: string;
  /** The version: each has its colour in all charts. */
  readonly version: number;
  readonly points: readonly ChartPoint[];
};

/** A mark on the x axis. */
export type ChartTick = { readonly x: number; readonly text: string };

/** A chart with all that a reader sees of it. */
export type Chart = {
  readonly title: string;
  /** `line`: from point to point; `steps`: each value holds up to the next x; `intervals`: points with their intervals. */
  readonly kind: 'line' | 'steps' | 'intervals';
  /** With their units. */
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly ChartSeries[];
  /** An x value in words, unit included. */
  readonly xText: (x: number) => string;
  /** The most important first: others are left out where there is no room. Numbers by default. */
  readonly xTicks?: readonly ChartTick[];
  /** As far as there are values by default. */
  readonly xRange?: readonly [number, number];
  /** A line across the chart. */
  readonly limit?: { readonly y: number; readonly text: string };
  /** What to know, below the chart. */
  readonly note?: string;
  /** Charts of one group show the same x value at the same time. */
  readonly group?: string;
};

/** What the script of the report draws a chart from; the words are in the table beside it. */
export type ChartData = Pick<Chart, 'kind' | 'xTicks' | 'xRange' | 'group'> & {
  /** All x values, ascending: row by row those of the table. */
  readonly x: readonly number[];
  readonly limit?: number;
  readonly series: readonly {
    readonly colour: number;
    readonly dash: readonly number[];
    readonly points: readonly DrawnPoint[];
  }[];
};

/** The row of its x value, the value, the ends of its interval and the verdict's state, null where there is none. */
export type DrawnPoint = readonly [
  row: number,
  y: number | null,
  low?: number | null,
  high?: number | null,
  state?: SloVerdict['state'] | null,
];
