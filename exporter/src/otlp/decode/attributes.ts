import {
  asDouble,
  asInteger,
  asMessage,
  booleanIn,
  listIn,
  messagesIn,
  textIn,
  valueOf,
  wrongType,
  type Fields,
} from './fields.js';
import { MalformedRequest } from './malformed-request.js';

/** An attribute and its value as text: strings as they are, numbers and booleans as they are written, all else as JSON. */
export type Attribute = readonly [key: string, value: string];

/** Deepest nesting of lists and maps in a value. */
const MAX_DEPTH = 16;

/** Attributes by name, in the order of their names; of several with one name the last, as in a map. */
export function readAttributes(fields: Fields, name: string, where: string): Attribute[] {
  const found = new Map<string, string>();
  for (const [pair, place] of messagesIn(fields, name, where)) {
    const value = valueOf(pair, 'value');
    const plain = value === undefined ? '' : plainValue(asMessage(value, `${place}.value`), `${place}.value`, 0);
    found.set(textIn(pair, 'key', place), typeof plain === 'string' ? plain : plainText(plain));
  }
  return [...found].sort(byKey);
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function plainText(value: unknown): string {
  if (value === null) return '';
  // NaN and infinities are none in JSON.
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** A value as JSON has it; whole numbers beyond 2^53 as text, maps in the order of their keys: they have none, and senders give any. */
function plainValue(value: Fields, where: string, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new MalformedRequest(`${where}: expected at most ${MAX_DEPTH} levels of lists and maps`);
  const has = (name: string): boolean => valueOf(value, name) !== undefined;
  if (has('stringValue')) return textIn(value, 'stringValue', where);
  if (has('boolValue')) return booleanIn(value, 'boolValue', where);
  if (has('intValue')) {
    const integer = asInteger(value['intValue'], `${where}.intValue`);
    return Number.isSafeInteger(Number(integer)) ? Number(integer) : String(integer);
  }
  if (has('doubleValue')) return asDouble(value['doubleValue'], `${where}.doubleValue`);
  if (has('bytesValue')) return base64(value['bytesValue'], `${where}.bytesValue`);
  if (has('arrayValue')) {
    const place = `${where}.arrayValue`;
    const list = asMessage(value['arrayValue'], place);
    return listIn(list, 'values', place).map((element, i) =>
      plainValue(asMessage(element, `${place}.values[${i}]`), `${place}.values[${i}]`, depth + 1),
    );
  }
  if (has('kvlistValue')) {
    const place = `${where}.kvlistValue`;
    const pairs: [string, unknown][] = [];
    for (const [pair, pairPlace] of messagesIn(asMessage(value['kvlistValue'], place), 'values', place)) {
      const held = valueOf(pair, 'value');
      const plain = held === undefined ? null : plainValue(asMessage(held, pairPlace), `${pairPlace}.value`, depth + 1);
      pairs.push([textIn(pair, 'key', pairPlace), plain]);
    }
    return Object.fromEntries(pairs.sort(byKey));
  }
  return null;
}

function base64(value: unknown, where: string): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'string') return value;
  throw wrongType(where, 'bytes in Base64', value);
}
