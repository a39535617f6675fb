import { versionLabel, type Insights } from '../../result/experiment-result.js';
import type { Look, LookVerdict } from '../../result/looks.js';
import { isBaselineSlo, type Slo } from '../../result/slo.js';
import { metricUnit } from '../metric-unit.js';
import { describeSlo } from '../report-content.js';
import { formatInterval, formatNumber, formatValue, unitSuffix } from '../value-text.js';
import type { Chart, ChartPoint } from './chart.js';

const SIGNS = { satisfied: '✓', violated: '✗', inconclusive: '?' } as const;

/** For each SLO what each look at the growing data found, all versions in it: estimate and interval beside the limit. Nothing of a single look. */
export function lookCharts(insights: Insights): Chart[] {
  const history = insights.looks?.history ?? [];
  if (history.length < 2) return [];
  return insights.slos.flatMap((slo, index) => {
    const chart = lookChart(insights, slo, history, index);
    return chart.series.length === 0 ? [] : [chart];
  });
}

function lookChart(insights: Insights, slo: Slo, history: readonly Look[], index: number): Chart {
  const axis = axisOf(slo, insights);
  const timeOf = new Map(history.map(({ number, time }) => [number, time]));
  const series = insights.loads.map((_, version) => ({
    label: versionLabel(insights, version),
    version,
    points: history.flatMap((look): ChartPoint[] => {
      const verdict = look.verdicts[index]?.[version];
      return verdict === undefined ? [] : [lookPoint(look.number, verdict, slo, axis)];
    }),
  }));
  return {
    title: describeSlo(slo),
    kind: 'intervals',
    xLabel: 'look',
    yLabel: axis.label,
    series: series.filter(({ points }) => points.some(({ y }) => y !== null)),
    xText: (x) => {
      const time = timeOf.get(x);
      return `look ${x}${time === undefined ? '' : `, ${time.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')}`}`;
    },
    xTicks: ticksOf(history.map(({ number }) => number)),
    limit: { y: axis.limit, text: 'limit' },
  };
}

/** How values of an SLO are drawn: a change against the baseline as a share is in percent. */
type Axis = {
  readonly label: string;
  readonly limit: number;
  readonly factor: number;
  readonly unit: string | undefined;
};

function axisOf(slo: Slo, insights: Insights): Axis {
  const unit = metricUnit(insights, slo.metric);
  if (!isBaselineSlo(slo)) return { label: `${slo.metric}${unitSuffix(unit)}`, limit: slo.limit, factor: 1, unit };
  const sign = slo.bound === 'upper' ? 1 : -1;
  const label = `change of ${slo.metric} against the baseline`;
  if (slo.margin.kind === 'absolute')
    return { label: `${label}${unitSuffix(unit)}`, limit: sign * slo.margin.amount, factor: 1, unit };
  return { label: `${label} (%)`, limit: sign * 100 * slo.margin.share, factor: 100, unit: '%' };
}

function lookPoint(x: number, { state, value, change, low, high }: LookVerdict, slo: Slo, axis: Axis): ChartPoint {
  const estimate = isBaselineSlo(slo) ? change : value;
  const drawn = (one: number | undefined): number | undefined => (one === undefined ? undefined : one * axis.factor);
  const y = drawn(estimate);
  const word = `${SIGNS[state]} ${state}`;
  if (y === undefined) return { x, y: null, text: word };
  const interval = { low: drawn(low), high: drawn(high) };
  const shown = formatValue(y, axis.unit);
  const isJudgedByInterval = low !== undefined || high !== undefined;
  if (!isJudgedByInterval || slo.confidence === undefined)
    return { x, y, state, text: `${word}: ${shown}${unitSuffix(axis.unit)}` };
  const range = formatInterval(
    {
      level: slo.confidence,
      ...(interval.low === undefined ? {} : { low: interval.low }),
      ...(interval.high === undefined ? {} : { high: interval.high }),
    },
    axis.unit,
  );
  return { x, y, state, interval, text: `${word}: ${shown} ${range}${unitSuffix(axis.unit)}` };
}

// The last and the first matter most; then ever finer parts.
function ticksOf(numbers: readonly number[]): { x: number; text: string }[] {
  const [first = 1, last = 1] = [numbers[0], numbers.at(-1)];
  const round = [100, 50, 20, 10, 5, 2, 1].flatMap((step) => numbers.filter((number) => number % step === 0));
  return [...new Set([last, first, ...round])].map((x) => ({ x, text: formatNumber(x) }));
}
