import { isLegacyMetricName } from '@redmeter/metric-format';
import { metricNameText } from '@redmeter/metric-reader';

/** How the lines of a metric begin. */
export interface SeriesHead {
  /** The series without labels: `jobs`, or `{"http.jobs"}` where Prometheus 2 does not accept the name. */
  readonly bare: string;
  /** What stands before the labels of a series: `jobs{`, or `{"http.jobs",`. */
  readonly open: string;
}

const HEADS = new Map<string, SeriesHead>();
const MAX_HEADS = 10_000;

/** The begin of the lines of a metric; kept, since many lines have the same. */
export function seriesHead(name: string): SeriesHead {
  const known = HEADS.get(name);
  if (known !== undefined) return known;
  const quoted = metricNameText(name);
  const head = isLegacyMetricName(name)
    ? { bare: name, open: `${name}{` }
    : { bare: `{${quoted}}`, open: `{${quoted},` };
  if (HEADS.size >= MAX_HEADS) HEADS.clear();
  HEADS.set(name, head);
  return head;
}
