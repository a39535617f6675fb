import { MalformedRequest } from './malformed-request.js';

/** A message as protobufjs decodes it, or as JSON has it: both have the same field names, and only fields that were sent. */
export type Fields = Readonly<Record<string, unknown>>;

const MAX_SHOWN = 60;
const INTEGER = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/** The value of a field; undefined if it was not sent, which for JSON includes `null`. */
export function valueOf(fields: Fields, name: string): unknown {
  if (!Object.hasOwn(fields, name)) return undefined;
  return fields[name] ?? undefined;
}

/** The error about a value that is not of its type. */
export function wrongType(where: string, expected: string, got: unknown): MalformedRequest {
  const isObject = typeof got === 'object' && got !== null;
  const shown = isObject ? (Array.isArray(got) ? 'a list' : 'an object') : shownText(got);
  return new MalformedRequest(`${where}: expected ${expected}, got ${shown.slice(0, MAX_SHOWN)}`);
}

function shownText(got: unknown): string {
  return typeof got === 'string' ? JSON.stringify(got) : String(got);
}

/** A nested message; undefined if it was not sent. */
export function messageIn(fields: Fields, name: string, where: string): Fields | undefined {
  const value = valueOf(fields, name);
  return value === undefined ? undefined : asMessage(value, `${where}.${name}`);
}

/** A list of messages, each with where it stands. */
export function* messagesIn(
  fields: Fields,
  name: string,
  where: string,
): Generator<readonly [message: Fields, where: string]> {
  for (const [i, element] of listIn(fields, name, where).entries()) {
    const place = `${where}.${name}[${i}]`;
    yield [asMessage(element, place), place];
  }
}

/** A list; empty if it was not sent. */
export function listIn(fields: Fields, name: string, where: string): readonly unknown[] {
  const value = valueOf(fields, name) ?? [];
  if (!Array.isArray(value)) throw wrongType(`${where}.${name}`, 'a list', value);
  return value;
}

/** A text; empty if it was not sent. */
export function textIn(fields: Fields, name: string, where: string): string {
  const value = valueOf(fields, name) ?? '';
  if (typeof value !== 'string') throw wrongType(`${where}.${name}`, 'a string', value);
  return value;
}

/** A boolean; false if it was not sent. */
export function booleanIn(fields: Fields, name: string, where: string): boolean {
  const value = valueOf(fields, name) ?? false;
  if (typeof value !== 'boolean') throw wrongType(`${where}.${name}`, 'true or false', value);
  return value;
}

/** A double; undefined if it was not sent. JSON may have it as text, and must for NaN and infinities. */
export function doubleIn(fields: Fields, name: string, where: string): number | undefined {
  const value = valueOf(fields, name);
  return value === undefined ? undefined : asDouble(value, `${where}.${name}`);
}

/** A whole number of 64 bits; undefined if it was not sent. JSON has it as text. */
export function integerIn(fields: Fields, name: string, where: string): bigint | undefined {
  const value = valueOf(fields, name);
  return value === undefined ? undefined : asInteger(value, `${where}.${name}`);
}

/** A time in nanoseconds since the epoch; 0n if it was not sent. */
export function nanosIn(fields: Fields, name: string, where: string): bigint {
  const nanos = integerIn(fields, name, where) ?? 0n;
  if (nanos < 0n || nanos >= 2n ** 64n) throw wrongType(`${where}.${name}`, 'nanoseconds below 2^64', String(nanos));
  return nanos;
}

/** Bytes, which OTLP's JSON has in hexadecimal digits for the ids of traces and spans; as hexadecimal digits, empty if not sent. */
export function hexIn(fields: Fields, name: string, where: string): string {
  const value = valueOf(fields, name) ?? '';
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'string' && /^(?:[0-9a-fA-F]{2})*$/.test(value)) return value.toLowerCase();
  throw wrongType(`${where}.${name}`, 'hexadecimal digits', value);
}

/** A message, wherever it stands. */
export function asMessage(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(where, 'an object', value);
  return value as Fields;
}

/** A double, wherever it stands. */
export function asDouble(value: unknown, where: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') {
    const special = SPECIAL.get(value);
    if (special !== undefined) return special;
    if (DECIMAL.test(value)) return Number(value);
  }
  throw wrongType(where, 'a number', value);
}

/** A whole number of 64 bits, wherever it stands: a number, its digits, or what protobufjs makes of it. */
export function asInteger(value: unknown, where: string): bigint {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (typeof value === 'string' && INTEGER.test(value) && value.length <= 20) return BigInt(value);
  if (isLong(value)) {
    const high = value.unsigned ? value.high >>> 0 : value.high;
    return (BigInt(high) << 32n) | BigInt(value.low >>> 0);
  }
  throw wrongType(where, 'a whole number', value);
}

function isLong(value: unknown): value is { readonly low: number; readonly high: number; readonly unsigned: boolean } {
  return typeof value === 'object' && value !== null && 'low' in value && 'high' in value && 'unsigned' in value;
}
