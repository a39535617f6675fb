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
    const counted =
      latencyFrom === 'due' ? 'latencies count that wait' : 'latencies, from the send, leave that wait out';
    lines.push(`no connection was free for ${shareOf(waiting, requests)} when they were due; ${counted}`);
  }
  if (waiting.count > 0 && latencyFrom === 'due')
    lines.push(`service time, from send to answer: ${percentilesOf(load)}`);
  if (unsent > 0)
    lines.push(`${unsent} more requests were due and never sent, since no connection became free in time`);
  if (generator.maxMs >= NOTABLE_MS) {
    lines.push(`the load generator itself was late for ${shareOf(generator, requests)}; latencies leave that out`);
  }
  return lines;
}

function shareOf({ count, totalMs, maxMs }: Lateness, requests: number): string {
  const mean = formatNumber(Math.round(totalMs / count));
  return `${count} of ${requests} requests (by ${mean} ms on average, ${formatNumber(Math.round(maxMs))} ms at most)`;
}

function percentilesOf(load: LoadSummary): string {
  const shown = SHOWN_PERCENTS.flatMap((percent) => {
    const value = latencyPercentileMs(serviceTimeOf(load), percent);
    return value === undefined ? [] : [`p${percent} ${formatValue(value, 'msec')}`];
  });
  return `${shown.join(', ')} (msec)`;
}
