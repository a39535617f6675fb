const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x > 0, after Lanczos (SIAM J. Numer. Anal. B 1, 1964, p. 86) with g = 7 and nine terms; relative error below 1e-14. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const shifted = x - 1;
  let sum = lanczos[0] ?? 0;
  for (let term = 1; term < lanczos.length; term += 1) sum += (lanczos[term] ?? 0) / (shifted + term);
  const base = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum);
}

/** The regularised incomplete beta function I_x(a, b), by the continued fraction 8.17.22 of the NIST Digital Library of Mathematical Functions. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast only below the mean; above it the symmetry 8.17.4 helps.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1), tiny);
  let fraction = d;
  // Modified Lentz; large counts need about the square root of the count in steps.
  for (let step = 1; step <= 100_000; step += 1) {
    const even = (step * (b - step) * x) / ((a + 2 * step - 1) * (a + 2 * step));
    d = 1 / nonZero(1 + even * d, tiny);
    c = nonZero(1 + even / c, tiny);
    fraction *= d * c;
    const odd = (-(a + step) * (a + b + step) * x) / ((a + 2 * step) * (a + 2 * step + 1));
    d = 1 / nonZero(1 + odd * d, tiny);
    c = nonZero(1 + odd / c, tiny);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return front * fraction;
}

/** P(T ≤ t) for Student's t with the given degrees of freedom. */
export function studentCdf(t: number, degreesOfFreedom: number): number {
  const tail = incompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** The t that Student's t does not exceed with the given probability, in ]0, 1[. */
export function studentQuantile(probability: number, degreesOfFreedom: number): number {
  return invert((t) => studentCdf(t, degreesOfFreedom), probability);
}

/** P(Z ≤ z) for the standard normal distribution, exact in the tails, by the incomplete gamma function's series and fraction. */
export function normalCdf(z: number): number {
  // Student's t with infinitely many degrees of freedom is the normal; its tail is erfc(|z|/√2)/2.
  const tail = upperGamma(0.5, (z * z) / 2) / 2;
  return z > 0 ? 1 - tail : tail;
}

/** The z that the standard normal does not exceed with the given probability, in ]0, 1[. */
export function normalQuantile(probability: number): number {
  return invert(normalCdf, probability);
}

/** The x that a beta distribution does not exceed with the given probability, in ]0, 1[. */
export function betaQuantile(probability: number, a: number, b: number): number {
  return bisect((x) => incompleteBeta(x, a, b), probability, 0, 1);
}

/** The regularised upper incomplete gamma function Q(a, x): the series 8.7.1 of the NIST Digital Library below a + 1, the continued fraction 8.9.2 above. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(-x + a * Math.log(x) - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let k = 1; k < 100_000 && term > sum * 1e-17; k += 1) {
      term *= x / (a + k);
      sum += term;
    }
    return 1 - front * sum;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let k = 1; k < 100_000; k += 1) {
    const step = -k * (k - a);
    b += 2;
    d = 1 / nonZero(step * d + b, 1e-300);
    c = nonZero(b + step / c, 1e-300);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return front * fraction;
}

/** P(X > x) for the chi-squared distribution. */
export function chiSquaredTail(x: number, degreesOfFreedom: number): number {
  return upperGamma(degreesOfFreedom / 2, x / 2);
}

/** The x that a gamma distribution of this shape and scale 1 does not exceed with the given probability, in ]0, 1[. */
export function gammaQuantile(probability: number, shape: number): number {
  let high = shape + 1;
  while (1 - upperGamma(shape, high) < probability) high *= 2;
  return bisect((x) => 1 - upperGamma(shape, x), probability, 0, high);
}

/** P(X ≤ successes) for a binomial distribution (8.17.5 of the NIST Digital Library of Mathematical Functions). */
export function binomialCdf(successes: number, trials: number, probability: number): number {
  if (successes < 0) return 0;
  if (successes >= trials) return 1;
  return incompleteBeta(1 - probability, trials - successes, successes + 1);
}

function invert(cdf: (x: number) => number, probability: number): number {
  let low = -1;
  let high = 1;
  while (cdf(low) > probability) low *= 2;
  while (cdf(high) < probability) high *= 2;
  return bisect(cdf, probability, low, high);
}

// These functions rise steadily, and a verdict needs no speed.
function bisect(cdf: (x: number) => number, probability: number, from: number, to: number): number {
  let low = from;
  let high = to;
  for (let step = 0; step < 200 && high - low > 1e-14 * Math.max(Math.abs(low), 1e-12); step += 1) {
    const middle = (low + high) / 2;
    if (cdf(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}
