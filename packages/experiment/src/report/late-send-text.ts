import { latencyPercentileMs } from '../result/latency-percentile.js';
import type { Lateness } from '../result/late-sends.js';
import { serviceTimeOf, type LoadSummary } from '../result/load-summary.js';
import { formatNumber, formatValue } from './value-text.js';

// A load generator that is late by less is none that a reader must know of.
const NOTABLE_MS = 10;
const SHOWN_PERCENTS = [50, 95, 99];

/** What to know of requests that were not sent when they were due, a line each. */
export function lateSendLines(load: LoadSummary): string[] {
  const { lateSends, latencyFrom, requests } = load;
  if (lateSends === undefined) return [];
  const { waiting, generator, unsent } = lateSends;
  const lines: string[] = [];
  if (waiting.count > 0) {
    const counted = latencyFrom === 'due' ? 'include that wait' : 'count from the send and do not include that wait';
    lines.push(`${shareOf(waiting, requests)} waited for a free connection${howLong(waiting)}; latencies ${counted}`);
  }
  if (waiting.count > 0 && latencyFrom === 'due')
    lines.push(`service time, from send to answer: ${percentilesOf(load)}`);
  if (unsent > 0)
    lines.push(`${unsent} more requests were due and never sent, since no connection became free in time`);
  if (generator.maxMs >= NOTABLE_MS) {
    const late = `${shareOf(generator, requests)} were late because of the load generator itself${howLong(generator)}`;
    lines.push(`${late}; latencies do not include that`);
  }
  return lines;
}

function shareOf({ count }: Lateness, requests: number): string {
  return `${count} of ${requests} requests`;
}

function howLong({ count, totalMs, maxMs }: Lateness): string {
  return ` (${formatNumber(Math.round(totalMs / count))} ms on average, ${formatNumber(Math.round(maxMs))} ms at most)`;
}

function percentilesOf(load: LoadSummary): string {
  const shown = SHOWN_PERCENTS.flatMap((percent) => {
    const value = latencyPercentileMs(serviceTimeOf(load), percent);
    return value === undefined ? [] : [`p${percent} ${formatValue(value, 'msec')}`];
  });
  return `${shown.join(', ')} (msec)`;
}
