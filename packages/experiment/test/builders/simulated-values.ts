import { normalQuantile, binomialCdf } from '../../src/assess/statistics/distributions.js';

// Jest looks a global up through a proxy, which takes longer than all the rest of a draw.
const { floor, imul } = Math;

/** A source of numbers in ]0, 1[ that is the same for the same seed: mulberry32, of public domain. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 4_294_967_296;
  };
}

/** Values of one kind: 65,536 of them, of which each draw is one, so that its mean and deviation are known exactly. */
export type Population = {
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
  readonly draw: (random: () => number) => number;
};

const SIZE = 65_536;
const SHARE_ABOVE_ZERO = 0.2;
const RATE = 0.1;

const normal = (random: () => number): number => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
const logNormal = (random: () => number): number => Math.exp(normal(random));

/** The kinds of values on which verdicts are tried. */
export const POPULATIONS: readonly Population[] = [
  populationOf('normal', normal),
  populationOf('log-normal', logNormal),
  // Student's t with three degrees of freedom, whose fourth moment is infinite.
  populationOf('heavy-tailed', (random) => {
    const squares = normal(random) ** 2 + normal(random) ** 2 + normal(random) ** 2;
    return normal(random) / Math.sqrt(squares / 3);
  }),
  populationOf('zero-inflated', (random) => (random() < SHARE_ABOVE_ZERO ? logNormal(random) : 0)),
  populationOf('Bernoulli', (random) => (random() < RATE ? 1 : 0)),
];

function populationOf(name: string, make: (random: () => number) => number): Population {
  const random = randomFrom(20_261_129);
  const values = Float64Array.from({ length: SIZE }, () => make(random));
  const mean = values.reduce((sum, value) => sum + value, 0) / SIZE;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / SIZE;
  return {
    name,
    mean,
    deviation: Math.sqrt(variance),
    draw: (next) => values[floor(next() * SIZE)] ?? 0,
  };
}

/** Draws numbers of successes of so many trials. */
export function successesOf(trials: number, rate: number): (random: () => number) => number {
  const cumulative = Array.from({ length: trials + 1 }, (_, successes) => binomialCdf(successes, trials, rate));
  return (random) => {
    const level = random();
    let [low, high] = [0, trials];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] ?? 1) < level) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** How many of `runs` there are at most, but once in a million, when each happens with a probability of at most this. */
export function mostOf(runs: number, probability: number): number {
  let most = Math.floor(runs * probability);
  while (1 - binomialCdf(most, runs, probability) > 1e-6) most += 1;
  return most;
}

/** How many there are at least, but once in a million, when each happens with a probability of at least this. */
export function leastOf(runs: number, probability: number): number {
  return runs - mostOf(runs, 1 - probability);
}

/** Power of a two-sided test at 0.05 that a size is planned for: how many standard errors the effect then is. */
export function effectInErrors(power: number): number {
  return -normalQuantile(0.025) - normalQuantile(1 - power);
}
