import { scaled } from '../scaled.js';

// Go's math.Log2 and math.Exp2, operation by operation: JavaScript's own differ from them in the last bit, and so
// would percentiles from those of Prometheus. The polynomials are those of FreeBSD's e_log.c and e_exp.c.

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const LOG = [
  6.66666666666673513e-1, 3.999999999940941908e-1, 2.857142874366239149e-1, 2.222219843214978396e-1,
  1.818357216161805012e-1, 1.531383769920937332e-1, 1.479819860511658591e-1,
] as const;
const EXP = [
  1.66666666666666657415e-1, -2.77777777770155933842e-3, 6.61375632143793436117e-5, -1.6533902205465251539e-6,
  4.13813679705723846039e-8,
] as const;

/** The logarithm to the base 2 as Go computes it. @param value above 0 */
export function log2(value: number): number {
  if (!Number.isFinite(value)) return value;
  const [fraction, exponent] = split(value);
  if (fraction === 0.5) return exponent - 1;
  return naturalLog(fraction) * (1 / Math.LN2) + exponent;
}

/** @param fraction from 0.5 to below 1 */
function naturalLog(fraction: number): number {
  const isLow = fraction < Math.SQRT2 / 2;
  const f = (isLow ? fraction * 2 : fraction) - 1;
  const k = isLow ? -1 : 0;
  const s = f / (2 + f);
  const s2 = s * s;
  const s4 = s2 * s2;
  const t1 = s2 * (LOG[0] + s4 * (LOG[2] + s4 * (LOG[4] + s4 * LOG[6])));
  const t2 = s4 * (LOG[1] + s4 * (LOG[3] + s4 * LOG[5]));
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (s * (half + (t1 + t2)) + k * LN2_LOW) - f);
}

/** 2 to the power of `power` as Go computes it. */
export function exp2(power: number): number {
  if (Number.isNaN(power)) return power;
  if (power > 1.0239999999999999e3) return Number.POSITIVE_INFINITY;
  if (power < -1.074e3) return 0;
  const whole = Math.trunc(power > 0 ? power + 0.5 : power - 0.5);
  const rest = power - whole;
  const high = rest * LN2_HIGH;
  const low = -rest * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const c = r - t * (EXP[0] + t * (EXP[1] + t * (EXP[2] + t * (EXP[3] + t * EXP[4]))));
  return scaled(1 - (low - (r * c) / (2 - c) - high), whole);
}

/** A finite number above 0 as a fraction from 0.5 to below 1, and a power of two. */
function split(value: number): [fraction: number, exponent: number] {
  let exponent = Math.max(-1022, Math.floor(Math.log2(value)) + 1);
  let fraction = scaled(value, -exponent);
  while (fraction < 0.5) {
    fraction *= 2;
    exponent -= 1;
  }
  while (fraction >= 1) {
    fraction /= 2;
    exponent += 1;
  }
  return [fraction, exponent];
}
