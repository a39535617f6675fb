/**
 * A double as text that reads back to the same double: the first of C's `%.15g`, `%.16g`, `%.17g` that does.
 * Not-a-number and the infinities are `NaN`, `+Inf`, `-Inf`, as Prometheus writes them.
 */
export function formatNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return Object.is(value, -0) ? '-0' : String(value);
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e15) {
    // Where JavaScript writes no exponent either, and at most 15 digits and a point, its own form is this one.
    const short = String(magnitude);
    if (short.length <= 16) return value < 0 ? `-${short}` : short;
  }
  const { negative, digits, exponent, precision } = shortestDigits(value);
  const text = exponent < -4 || exponent >= precision ? scientific(digits, exponent) : positional(digits, exponent);
  return negative ? `-${text}` : text;
}

/**
 * A bucket bound as the label `le`, as Prometheus 3 normalises it (`formatOpenMetricsFloat` in model/textparse): Go's
 * shortest `%g`, with `.0` where neither a point nor an exponent shows: `5.0`, `0.25`, `1e+06`, `+Inf`.
 */
export function formatLe(bound: number): string {
  if (!Number.isFinite(bound)) return formatNumber(bound);
  if (bound === 0) return '0.0';
  const { negative, digits, exponent } = fewestDigits(bound);
  // Go's threshold for the shortest %g is six digits.
  let text = exponent < -4 || exponent >= 6 ? scientific(digits, exponent) : positional(digits, exponent);
  if (!/[.e]/.test(text)) text += '.0';
  return negative ? `-${text}` : text;
}

const SMALLEST_NORMAL = 2 ** -1022;

interface Digits {
  readonly negative: boolean;
  /** Significant digits without trailing zeros. */
  readonly digits: string;
  /** The power of ten of the first digit. */
  readonly exponent: number;
}

/** The digits of the first of `%.15g`, `%.16g`, `%.17g` that reads back equal, and which of them it is. */
function shortestDigits(value: number): Digits & { readonly precision: number } {
  // JavaScript's own shortest form has the digits of %.15g whenever 15 are enough, but for subnormal numbers, which hold
  // fewer than 15: 5e-324 is 4.94065645841247e-324 in C.
  const shortest = split(value.toExponential());
  if (shortest.digits.length <= 15 && Math.abs(value) >= SMALLEST_NORMAL) return { ...shortest, precision: 15 };
  return digitsFrom(value, 15);
}

/** As few digits as read back equal when C rounds to them. */
function fewestDigits(value: number): Digits {
  return digitsFrom(value, split(value.toExponential()).digits.length);
}

function digitsFrom(value: number, fewest: number): Digits & { readonly precision: number } {
  for (let precision = fewest; precision < 17; precision += 1) {
    const text = roundHalfEven(value, precision);
    if (Number(text) === value) return { ...split(text), precision };
  }
  return { ...split(roundHalfEven(value, 17)), precision: 17 };
}

function split(scientificText: string): Digits {
  const [mantissa = '', exponent = ''] = scientificText.split('e');
  const digits = mantissa.replace(/^-/, '').replace('.', '').replace(/0+$/, '');
  return { negative: mantissa.startsWith('-'), digits, exponent: Number(exponent) };
}

/**
 * `value` with `precision` significant digits, as C rounds it. JavaScript rounds an exact tie up where C takes the
 * even digit (0.99997711181640625 at 16 digits), so ties are found and mended here.
 */
function roundHalfEven(value: number, precision: number): string {
  const rounded = value.toExponential(precision - 1);
  if (!value.toExponential(precision).includes('5e')) return rounded;
  const exact = value.toExponential(99);
  const cut = exact.indexOf('.') + precision;
  const power = exact.indexOf('e');
  if (!/^50*$/.test(exact.slice(cut, power))) return rounded;
  // Up is what JavaScript did; down is to cut, right when the last digit kept is even.
  return Number(exact[cut - 1]) % 2 === 0 ? exact.slice(0, cut) + exact.slice(power) : rounded;
}

function scientific(digits: string, exponent: number): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits.charAt(0)}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
}

function positional(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits.padEnd(exponent + 1, '0');
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}
