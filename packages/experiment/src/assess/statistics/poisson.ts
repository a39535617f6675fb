import { binomialCdf, gammaQuantile } from './distributions.js';
import type { Interval } from './interval.js';
import { logEvidence, mixtureOf } from './sequential-mixture.js';

/** So many events in so long. */
export type EventRate = { readonly events: number; readonly seconds: number };

/** The exact interval for the rate of a Poisson process (Garwood, Biometrika 28, 1936, p. 437), which leaves at most (1 - level)/2 on either side. */
export function garwoodInterval({ events, seconds }: EventRate, level: number): Interval {
  const tail = (1 - level) / 2;
  return {
    low: events === 0 ? 0 : gammaQuantile(tail, events) / seconds,
    high: gammaQuantile(1 - tail, events + 1) / seconds,
  };
}

/** The interval in which the rate of a Poisson process lies at every look; `plannedSeconds` is where it is to be narrowest. */
export function rateSequence({ events, seconds }: EventRate, plannedSeconds: number, level: number): Interval {
  const isOutside = (rate: number): boolean => {
    const ratios = mixtureOf(level, plannedSeconds, (divergence, side) => alternativeRatio(divergence / rate, side));
    const log = logEvidence(
      ratios,
      (ratio) => (events === 0 ? 0 : events * Math.log(ratio)) - rate * seconds * (ratio - 1),
    );
    return log >= -Math.log(1 - level);
  };
  const rate = events / seconds;
  let beyond = (events + 1) / seconds;
  while (!isOutside(beyond)) beyond *= 2;
  return { low: events === 0 ? 0 : boundary(isOutside, 0, rate), high: boundary(isOutside, beyond, rate) };
}

// By which to multiply a rate so that the divergence for each expected event is so much; 0 where no lesser rate diverges so far.
function alternativeRatio(divergence: number, side: 1 | -1): number {
  const divergenceOf = (ratio: number): number => (ratio === 0 ? 1 : ratio * Math.log(ratio) - ratio + 1);
  if (side === -1 && divergence >= 1) return 0;
  let near = 1;
  let far = side === -1 ? 0 : 2;
  while (divergenceOf(far) < divergence) far *= 2;
  for (let step = 0; step < 100 && Math.abs(far - near) > 1e-12 * near; step += 1) {
    const middle = (near + far) / 2;
    if (divergenceOf(middle) < divergence) near = middle;
    else far = middle;
  }
  return near;
}

/** The two-sided p value of equal rates, given all events: twice the lesser tail of the binomial (Przyborowski and Wilenski, Biometrika 31, 1940, p. 313). */
export function equalRatesTest(one: EventRate, other: EventRate): number {
  const events = one.events + other.events;
  const share = one.seconds / (one.seconds + other.seconds);
  const atMost = binomialCdf(one.events, events, share);
  const atLeast = 1 - binomialCdf(one.events - 1, events, share);
  return Math.min(1, 2 * Math.min(atMost, atLeast));
}

function boundary(isOutside: (rate: number) => boolean, outside: number, inside: number): number {
  let out = outside;
  let within = inside;
  for (let step = 0; step < 100 && Math.abs(within - out) > 1e-9 * Math.max(within, out); step += 1) {
    const middle = (out + within) / 2;
    if (isOutside(middle)) out = middle;
    else within = middle;
  }
  return out;
}
