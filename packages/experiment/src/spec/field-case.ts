import type { z } from 'zod';
import { inputSchema, type JsonSchema } from './json-schema.js';
import { problemAt, type SpecProblem } from './schema-problems.js';
import type { FieldPath, SourceDocument } from './source-document.js';

/** A value whose fields have the names that a validator knows, and what is wrong with their names. */
export type CasedValue = { readonly value: unknown; readonly problems: readonly SpecProblem[] };

/**
 * Gives the fields of a mapping their known names, as Iter8 reads them without regard to case; names of a user's own, such as those
 * of headers, stay. Two fields that differ in case alone are a problem.
 */
export function withKnownCase(
  source: SourceDocument,
  path: FieldPath,
  value: unknown,
  validator: z.ZodType,
): CasedValue {
  return casedBy([inputSchema(validator)], source, path, value);
}

/** The same for a mapping with these fields, whose values stay as they are. */
export function withKnownNames(
  source: SourceDocument,
  path: FieldPath,
  value: unknown,
  names: readonly string[],
): CasedValue {
  const properties = Object.fromEntries(names.map((name) => [name, {}]));
  return casedBy([{ properties }], source, path, value);
}

/** The field of a mapping that has this name but for case. */
export function fieldNamed(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.entries(value).find(([given]) => given.toLowerCase() === name.toLowerCase())?.[1];
}

function casedBy(
  schemas: readonly JsonSchema[],
  source: SourceDocument,
  path: FieldPath,
  value: unknown,
): { value: unknown; problems: SpecProblem[] } {
  const forms = schemas.flatMap(formsOf);
  if (Array.isArray(value)) {
    const items = forms.map(({ items: inner }) => inner).filter(isSchema);
    const cased = value.map((item: unknown, index) => casedBy(items, source, [...path, index], item));
    return { value: cased.map((item) => item.value), problems: cased.flatMap(({ problems }) => problems) };
  }
  if (typeof value !== 'object' || value === null) return { value, problems: [] };
  const known = knownNames(forms);
  const problems: SpecProblem[] = [];
  const fields = new Map<string, unknown>();
  const givenBy = new Map<string, string>();
  for (const [given, field] of Object.entries(value)) {
    const name = known.get(given.toLowerCase()) ?? given;
    const before = givenBy.get(name);
    if (before !== undefined) {
      const found = {
        key: given,
        expected: `${name} once`,
        got: `${JSON.stringify(before)} and ${JSON.stringify(given)}`,
      };
      problems.push(problemAt(source, path, found));
    }
    givenBy.set(name, given);
    const cased = casedBy(schemasOf(forms, name), source, [...path, given], field);
    fields.set(name, cased.value);
    problems.push(...cased.problems);
  }
  return { value: Object.fromEntries(fields), problems };
}

/** All forms that a choice offers, itself among them where it has fields of its own. */
export function formsOf(schema: JsonSchema): JsonSchema[] {
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter(isSchema);
  return [schema, ...choices.flatMap(formsOf)];
}

function knownNames(forms: readonly JsonSchema[]): ReadonlyMap<string, string> {
  const names = forms.flatMap(({ properties }) => Object.keys(properties ?? {}));
  return new Map(names.map((name) => [name.toLowerCase(), name]));
}

/** The schemas of a field, one a form. */
export function schemasOf(forms: readonly JsonSchema[], name: string): JsonSchema[] {
  const own = forms.flatMap(({ properties }) =>
    properties !== undefined && Object.hasOwn(properties, name) ? [properties[name]] : [],
  );
  const others = forms.map(({ additionalProperties }) => additionalProperties);
  return (own.length > 0 ? own : others).filter(isSchema);
}

/** Whether a part of a JSON Schema has any constraint. */
export function isSchema(schema: unknown): schema is JsonSchema {
  return typeof schema === 'object' && schema !== null;
}
