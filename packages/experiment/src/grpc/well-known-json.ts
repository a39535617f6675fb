/** A message in its JSON form, as the JSON of its fields; `none`: the message is written like any other. */
export type WellKnown =
  | { readonly kind: 'fields'; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: 'wrong'; readonly expected: string }
  | { readonly kind: 'none' };

const wrappers = /^\.google\.protobuf\.(?:Double|Float|U?Int(?:64|32)|Bool|String|Bytes)Value$/;

/** Rewrites the messages that protobuf's JSON mapping writes in a form of their own: timestamps, durations, wrappers and structs. */
export function fieldsOfWellKnown(fullName: string, json: unknown): WellKnown {
  switch (fullName) {
    case '.google.protobuf.Timestamp':
      return typeof json === 'string' ? timestamp(json) : { kind: 'none' };
    case '.google.protobuf.Duration':
      return typeof json === 'string' ? duration(json) : { kind: 'none' };
    case '.google.protobuf.Struct':
      return isObject(json) ? fieldsOf({ fields: json }) : { kind: 'wrong', expected: 'a JSON object' };
    case '.google.protobuf.Value':
      return fieldsOf(dynamic(json));
    case '.google.protobuf.ListValue':
      return Array.isArray(json) ? fieldsOf({ values: json }) : { kind: 'wrong', expected: 'a list' };
    default:
      if (!wrappers.test(fullName) || typeof json === 'object') return { kind: 'none' };
      return fieldsOf({ value: json });
  }
}

function timestamp(text: string): WellKnown {
  const expected = 'a time such as 2026-01-31T12:00:00.5Z';
  const [, seconds, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const epochMs = seconds === undefined || zone === undefined ? NaN : Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(epochMs)) return { kind: 'wrong', expected };
  return fieldsOf({ seconds: epochMs / 1000, nanos: nanosOf(fraction) });
}

function duration(text: string): WellKnown {
  const [, sign, seconds, fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,9}))?s$/.exec(text) ?? [];
  if (seconds === undefined) return { kind: 'wrong', expected: 'a duration in seconds such as 1.5s' };
  const factor = sign === '-' ? -1 : 1;
  return fieldsOf({ seconds: factor * Number(seconds), nanos: factor * nanosOf(fraction) });
}

function nanosOf(fraction: string): number {
  return Number(fraction.padEnd(9, '0'));
}

function fieldsOf(fields: Readonly<Record<string, unknown>>): WellKnown {
  return { kind: 'fields', fields };
}

function dynamic(json: unknown): Record<string, unknown> {
  if (typeof json === 'number') return { numberValue: json };
  if (typeof json === 'string') return { stringValue: json };
  if (typeof json === 'boolean') return { boolValue: json };
  if (Array.isArray(json)) return { listValue: json };
  return isObject(json) ? { structValue: json } : { nullValue: 0 };
}

function isObject(json: unknown): json is object {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
