/** The types of metrics, in the order in which one is preferred when a name stands under two. */
export const METRIC_TYPES = ['counter', 'gauge', 'histogram'] as const;

/** One of the three types of metrics. */
export type MetricType = (typeof METRIC_TYPES)[number];

/** Whether `text` names a type of metric. */
export function isMetricType(text: unknown): text is MetricType {
  return METRIC_TYPES.some((type) => type === text);
}
