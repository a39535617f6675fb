import { MAX_EXEMPLAR_CHARACTERS, type Label } from '@redmeter/metric-format';
import { readAttributes } from './attributes.js';
import { asMessage, hexIn, nanosIn, valueOf, type Fields } from './fields.js';
import { MalformedRequest } from './malformed-request.js';
import type { OtlpExemplar } from './metrics-request.js';

/** The exemplars of a point. One that cannot be read is left out: it never costs its point. */
export function readExemplars(
  fields: Fields,
  where: string,
  readNumber: (fields: Fields, where: string) => number | undefined,
): OtlpExemplar[] {
  const sent = valueOf(fields, 'exemplars');
  if (!Array.isArray(sent)) return [];
  return sent.flatMap((exemplar: unknown) => {
    try {
      const read = asMessage(exemplar, where);
      const value = readNumber(read, where);
      const labels = readLabels(read, where);
      const timeNanos = nanosIn(read, 'timeUnixNano', where);
      const isWhole = value !== undefined && Number.isFinite(value) && timeNanos > 0n && labels.length > 0;
      return isWhole ? [{ timeNanos, value, labels }] : [];
    } catch (error) {
      if (error instanceof MalformedRequest) return [];
      throw error;
    }
  });
}

/** The ids of trace and span, then the filtered attributes, as many as there is room for. */
function readLabels(exemplar: Fields, where: string): Label[] {
  const labels = new Map<string, string>();
  let room = MAX_EXEMPLAR_CHARACTERS;
  const add = (name: string, value: string): void => {
    const characters = Array.from(name).length + Array.from(value).length;
    const isText = name !== '' && value !== '' && !/\p{Surrogate}/u.test(name + value);
    if (!isText || labels.has(name) || characters > room) return;
    labels.set(name, value);
    room -= characters;
  };
  add('trace_id', hexIn(exemplar, 'traceId', where));
  add('span_id', hexIn(exemplar, 'spanId', where));
  for (const [name, value] of readAttributes(exemplar, 'filteredAttributes', where)) add(name, value);
  return [...labels];
}
