import type { CounterRecord, GaugeRecord, MetricType } from '@redmeter/metric-format';

const COUNTER = Buffer.from('{"type":"counter","value":');
const GAUGE = Buffer.from('{"type":"gauge","mode":"');
const VALUE = Buffer.from('","value":');
const CREATED = Buffer.from(',"created":');
const TIMESTAMP = Buffer.from(',"timestamp":');
const END = Buffer.from('}');
const [ZERO, NINE, MINUS, POINT, A, Z] = [0x30, 0x39, 0x2d, 0x2e, 0x61, 0x7a];
/** So many digits a double holds exactly. */
const MAX_DIGITS = 15;
const POWERS_OF_TEN = Array.from({ length: MAX_DIGITS + 1 }, (_, power) => 10 ** power);

/**
 * Reads the record of a counter or gauge in the form that the merge script gives it, from its bytes: a quarter of what
 * text and a regular expression cost, a tenth of JSON. Undefined for any other form, which may still be a valid record.
 */
export function readCanonical(type: MetricType, bytes: Uint8Array): CounterRecord | GaugeRecord | undefined {
  if (type === 'histogram') return undefined;
  const scan = new Scan(bytes);
  const isBegun =
    type === 'counter' ? scan.accept(COUNTER) : scan.accept(GAUGE) && scan.acceptLetters() && scan.accept(VALUE);
  if (!isBegun) return undefined;
  const value = scan.number();
  const createdMs = type === 'counter' && scan.accept(CREATED) ? scan.whole() : undefined;
  if (!scan.accept(TIMESTAMP)) return undefined;
  const timestampMs = scan.whole();
  if (!scan.accept(END) || !scan.isAtEnd || scan.hasFailed) return undefined;
  if (type === 'gauge') return { type, value, timestampMs };
  return value < 0 ? undefined : { type, value, createdMs, timestampMs };
}

/** A place in some bytes, which what is read moves on. */
class Scan {
  /** Whether something was no number as it is written here. */
  hasFailed = false;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Passes over what must stand here; stays and answers false where something else does. */
  accept(expected: Uint8Array): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    for (let i = 0; i < expected.length; i += 1) if (bytes[at + i] !== expected[i]) return false;
    this.#at = at + expected.length;
    return true;
  }

  /** Passes over small letters, at least one. */
  acceptLetters(): boolean {
    const start = this.#at;
    while (isWithin(this.#bytes[this.#at], A, Z)) this.#at += 1;
    return this.#at > start;
  }

  /** A whole number above 0 of at most 15 digits. */
  whole(): number {
    if (this.#bytes[this.#at] === ZERO) this.hasFailed = true;
    return this.#digits(0, MAX_DIGITS);
  }

  /** A number of at most 15 digits with or without a point. */
  number(): number {
    const isNegative = this.#bytes[this.#at] === MINUS;
    if (isNegative) this.#at += 1;
    const start = this.#at;
    let number = this.#digits(0, MAX_DIGITS);
    let digits = this.#at - start;
    if (digits > 1 && this.#bytes[start] === ZERO) this.hasFailed = true;
    if (this.#bytes[this.#at] === POINT) {
      this.#at += 1;
      const point = this.#at;
      number = this.#digits(number, MAX_DIGITS - digits);
      digits = this.#at - point;
      // Both are exact, so their quotient is the double nearest to the number: Clinger, How to read floating point
      // numbers accurately, 1990.
      number /= POWERS_OF_TEN[digits] ?? Number.NaN;
    }
    return isNegative ? -number : number;
  }

  /** Goes on with a number by some digits, at least one. */
  #digits(begun: number, most: number): number {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let number = begun;
    for (let byte = bytes[at]; isWithin(byte, ZERO, NINE); byte = bytes[at]) {
      number = number * 10 + (byte - ZERO);
      at += 1;
    }
    if (at === start || at - start > most) this.hasFailed = true;
    this.#at = at;
    return number;
  }
}

function isWithin(byte: number | undefined, least: number, most: number): byte is number {
  return byte !== undefined && byte >= least && byte <= most;
}
