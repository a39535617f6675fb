import protobuf from 'protobufjs';
import { ExperimentError } from '../experiment-error.js';
import { nearestName } from '../spec/nearest-name.js';
import { describeValue } from '../spec/schema-problems.js';
import { fieldsOfWellKnown } from './well-known-json.js';

/**
 * Encodes a message given as JSON, by protobuf's JSON mapping: fields by their name or in lowerCamelCase, enums by name or number,
 * 64-bit integers as numbers or text, bytes in base64, timestamps and durations as text.
 *
 * @param path Path of the message in the spec, for errors.
 * @throws ExperimentError `task_failed` for an unknown field or a value of another type: protobufjs would take it for a zero.
 */
export function encodeMessage(type: protobuf.Type, json: unknown, path: string): Buffer {
  return Buffer.from(type.encode(type.fromObject(messageFromJson(type, json, path))).finish());
}

function messageFromJson(type: protobuf.Type, json: unknown, path: string): Record<string, unknown> {
  const wellKnown = fieldsOfWellKnown(type.fullName, json);
  if (wellKnown.kind === 'wrong') throw wrong(path, wellKnown.expected, json);
  const fields = wellKnown.kind === 'fields' ? wellKnown.fields : json;
  if (!isObject(fields)) throw wrong(path, `a message ${type.name}, fields by name`, json);
  const message: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    const field = fieldNamed(type, name);
    const at = `${path}.${name}`;
    if (field === undefined) {
      const known = type.fieldsArray.map((candidate) => candidate.name);
      const nearest = nearestName(name, known);
      const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
      throw new ExperimentError('task_failed', `${at}: expected one of ${known.join(', ')}, got "${name}"${hint}`);
    }
    // null means the default.
    if (value !== null) message[field.name] = fieldFromJson(field, value, at);
  }
  return message;
}

function fieldNamed(type: protobuf.Type, name: string): protobuf.Field | undefined {
  return type.fieldsArray.find((field) => field.name === name || protobuf.util.camelCase(field.name) === name);
}

function fieldFromJson(field: protobuf.Field, json: unknown, path: string): unknown {
  field.resolve();
  if (field instanceof protobuf.MapField) {
    if (!isObject(json)) throw wrong(path, 'a map', json);
    return Object.fromEntries(
      Object.entries(json).map(([key, value]) => [key, valueFromJson(field, value, `${path}.${key}`)]),
    );
  }
  const entry = mapEntryOf(field);
  if (entry !== undefined) {
    if (!isObject(json)) throw wrong(path, 'a map', json);
    return Object.entries(json).map(([key, value]) => ({
      key: entry.key === 'bool' ? key === 'true' : key,
      value: valueFromJson(entry.value, value, `${path}.${key}`),
    }));
  }
  if (!field.repeated) return valueFromJson(field, json, path);
  if (!Array.isArray(json)) throw wrong(path, 'a list', json);
  return json.map((value, index) => valueFromJson(field, value, `${path}[${index}]`));
}

// A map that comes from a descriptor is what it is on the wire: a list of entries.
function mapEntryOf({ resolvedType }: protobuf.Field): { key: string; value: protobuf.Field } | undefined {
  if (!(resolvedType instanceof protobuf.Type) || resolvedType.options?.['map_entry'] !== true) return undefined;
  const { key, value } = resolvedType.fields;
  return key === undefined || value === undefined ? undefined : { key: key.type, value: value.resolve() };
}

function isObject(json: unknown): json is object {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function valueFromJson(field: protobuf.Field, json: unknown, path: string): unknown {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Enum) {
    const isKnown = typeof json === 'string' ? json in resolvedType.values : Number.isInteger(json);
    if (!isKnown) throw wrong(path, `one of ${Object.keys(resolvedType.values).join(', ')}`, json);
    return json;
  }
  if (resolvedType !== null) return messageFromJson(resolvedType, json, path);
  const scalar = scalars[field.type];
  if (scalar === undefined || scalar.accepts(json)) return json;
  throw wrong(path, scalar.form, json);
}

type Scalar = { readonly form: string; readonly accepts: (json: unknown) => boolean };

const isInteger = (json: unknown): boolean =>
  typeof json === 'string' ? /^-?\d+$/.test(json) : Number.isSafeInteger(json);
const isUnsigned = (json: unknown): boolean => isInteger(json) && Number(json) >= 0;
const within = (least: number, greatest: number) => (json: unknown) =>
  isInteger(json) && Number(json) >= least && Number(json) <= greatest;
const signed32: Scalar = { form: 'an integer of 32 bits', accepts: within(-(2 ** 31), 2 ** 31 - 1) };
const unsigned32: Scalar = { form: 'an integer from 0 of 32 bits', accepts: within(0, 2 ** 32 - 1) };
const signed64: Scalar = { form: 'an integer, as a string above 2^53', accepts: isInteger };
const unsigned64: Scalar = { form: 'an integer from 0, as a string above 2^53', accepts: isUnsigned };
const floating: Scalar = {
  form: 'a number',
  accepts: (json) =>
    typeof json === 'number' ||
    (typeof json === 'string' && (/^-?Infinity$|^NaN$/.test(json) || (json !== '' && !Number.isNaN(Number(json))))),
};

const scalars: Readonly<Record<string, Scalar>> = {
  int32: signed32,
  sint32: signed32,
  sfixed32: signed32,
  uint32: unsigned32,
  fixed32: unsigned32,
  int64: signed64,
  sint64: signed64,
  sfixed64: signed64,
  uint64: unsigned64,
  fixed64: unsigned64,
  float: floating,
  double: floating,
  bool: { form: 'true or false', accepts: (json) => typeof json === 'boolean' },
  string: { form: 'text', accepts: (json) => typeof json === 'string' },
  bytes: {
    form: 'bytes in base64',
    accepts: (json) => typeof json === 'string' && json.length % 4 === 0 && /^[\w+/-]*={0,2}$/.test(json),
  },
};

function wrong(path: string, expected: string, json: unknown): ExperimentError {
  return new ExperimentError('task_failed', `${path}: expected ${expected}, got ${describeValue(json)}`);
}
