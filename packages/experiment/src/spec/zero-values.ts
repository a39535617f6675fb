import type { z } from 'zod';
import { DURATION_PATTERN } from './duration-schema.js';
import { formsOf, isSchema, schemasOf } from './field-case.js';
import { inputSchema, type JsonSchema } from './json-schema.js';

/**
 * Leaves out the fields that hold a zero value of Go which their validator does not take (null, "", 0s, and where it says so 0): Iter8
 * writes all its fields back into a spec, given or not. Only optional fields that the validator names; names of a user's own, such as
 * those of headers, stay.
 *
 * @param dropsZero Whether 0 also means "not given", as in ghz.
 */
export function withoutZeroValues(value: unknown, validator: z.ZodType, dropsZero: boolean): unknown {
  return withoutZeros(value, [inputSchema(validator)], dropsZero);
}

function withoutZeros(value: unknown, schemas: readonly JsonSchema[], dropsZero: boolean): unknown {
  const forms = schemas.flatMap(formsOf);
  if (Array.isArray(value)) {
    const items = forms.map(({ items: inner }) => inner).filter(isSchema);
    return value.map((item: unknown) => withoutZeros(item, items, dropsZero));
  }
  if (typeof value !== 'object' || value === null) return value;
  // Other forms only state which fields must be given together.
  const required = new Set(forms.flatMap((form) => (form.type === 'object' ? (form.required ?? []) : [])));
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]): [string, unknown][] => {
      const isNamed = forms.some(({ properties }) => properties !== undefined && Object.hasOwn(properties, name));
      const inner = schemasOf(forms, name);
      if (isNamed && !required.has(name) && isRefusedZero(field, inner, dropsZero)) return [];
      return [[name, withoutZeros(field, inner, dropsZero)]];
    }),
  );
}

function isRefusedZero(value: unknown, schemas: readonly JsonSchema[], dropsZero: boolean): boolean {
  const forms = schemas.flatMap(formsOf);
  // A field that is known only for what to write instead.
  if (forms.some(({ not }) => isSchema(not) && Object.keys(not).length === 0)) return isZero(value);
  const takes = (type: string): JsonSchema[] => forms.filter((form) => form.type === type);
  if (value === null) return takes('null').length === 0;
  if (value === '') {
    const texts = takes('string');
    return texts.length > 0 && texts.every(refusesNoText);
  }
  if (typeof value === 'string') return forms.some(({ pattern }) => pattern === DURATION_PATTERN) && isZero(value);
  return value === 0 && dropsZero && [...takes('integer'), ...takes('number')].some(({ minimum = 0 }) => minimum > 0);
}

function refusesNoText({ minLength = 0, pattern = '', enum: choices, const: only }: JsonSchema): boolean {
  const isOther = choices?.includes('') === false || (only !== undefined && only !== '');
  return minLength > 0 || isOther || !new RegExp(pattern).test('');
}

function isZero(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  if (typeof value !== 'string') return value === null || value === false || value === 0;
  return /^(?:(?:0+(?:\.0*)?(?:[nu\u00b5\u03bcm]?s|[mh]))+|0|)$/.test(value);
}
