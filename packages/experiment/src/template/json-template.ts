import { compileTemplate, type TemplateValues } from './fill-template.js';
import type { TemplateFunction } from './template-function.js';
import { mappingOf, textOf } from './template-value.js';

/** A value of JSON whose texts are filled in; undefined where none is a template. */
export type JsonTemplate = ((values: TemplateValues) => unknown) | undefined;

/**
 * Reads the templates among the texts and the names of fields of a value of JSON. @throws TemplateError
 */
export function compileJson(value: unknown, functions: ReadonlyMap<string, TemplateFunction>): JsonTemplate {
  if (typeof value === 'string') return value.includes('{{') ? compileTemplate(value, functions) : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => compileJson(item, functions));
    if (items.every((item) => item === undefined)) return undefined;
    const given: readonly unknown[] = value;
    return (values) => items.map((item, index) => (item === undefined ? given[index] : item(values)));
  }
  const fields = Object.entries(value).map(
    ([name, field]) => [name, compileJson(name, functions), field as unknown, compileJson(field, functions)] as const,
  );
  if (fields.every(([, name, , field]) => name === undefined && field === undefined)) return undefined;
  return (values) =>
    mappingOf(
      fields.map(([name, named, field, filled]) => [
        named === undefined ? name : textOf(named(values)),
        filled === undefined ? field : filled(values),
      ]),
    );
}
