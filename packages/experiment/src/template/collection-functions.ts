import { isEqual } from './logic-functions.js';
import { TemplateError } from './template-error.js';
import { fixed, variadic, type CallContext, type FunctionTable } from './template-function.js';
import { isMapping, mappingOf, textOf, type Mapping } from './template-value.js';

/** Functions of lists and mappings. None changes what it is given, `set` and `unset` apart from sprig's give a new mapping. */
export const COLLECTION_FUNCTIONS: FunctionTable = [
  ['list', variadic(0, (given) => [...given])],
  ['tuple', variadic(0, (given) => [...given])],
  ['dict', variadic(0, (given, context) => mappingOf(pairs(given, context)))],
  ['get', fixed(2, ([of, key], context) => own(mapping(of, context), textOf(key)) ?? '')],
  ['set', fixed(3, ([of, key, value], context) => ({ ...mapping(of, context), [textOf(key)]: value }))],
  ['unset', fixed(2, ([of, key], context) => without(mapping(of, context), [textOf(key)]))],
  ['hasKey', fixed(2, ([of, key], context) => Object.hasOwn(mapping(of, context), textOf(key)))],
  ['keys', variadic(1, (given, context) => given.flatMap((of) => Object.keys(mapping(of, context)).sort()))],
  ['values', fixed(1, ([of], context) => Object.values(mapping(of, context)))],
  [
    'pluck',
    variadic(1, ([key, ...given], context) =>
      given.flatMap((of) =>
        Object.hasOwn(mapping(of, context), textOf(key)) ? [own(mapping(of, context), textOf(key))] : [],
      ),
    ),
  ],
  ['pick', variadic(1, ([of, ...names], context) => picked(mapping(of, context), names.map(textOf)))],
  ['omit', variadic(1, ([of, ...names], context) => without(mapping(of, context), names.map(textOf)))],
  // The first one wins, as in sprig; in mergeOverwrite the last.
  ['merge', variadic(1, (given, context) => merged([...given].reverse(), context))],
  ['mustMerge', variadic(1, (given, context) => merged([...given].reverse(), context))],
  ['mergeOverwrite', variadic(1, (given, context) => merged(given, context))],
  ['mustMergeOverwrite', variadic(1, (given, context) => merged(given, context))],
  ['deepCopy', fixed(1, ([value]) => value)],
  ['mustDeepCopy', fixed(1, ([value]) => value)],
  [
    'index',
    variadic(1, ([value, ...keys], context) => keys.reduce<unknown>((of, key) => item(of, key, context), value)),
  ],
  ['slice', { atLeast: 1, atMost: 3, call: ([of, start, end], context) => sliced(of, start, end, context) }],
  ['first', fixed(1, ([of], context) => list(of, context)[0])],
  ['last', fixed(1, ([of], context) => list(of, context).at(-1))],
  ['rest', fixed(1, ([of], context) => list(of, context).slice(1))],
  ['initial', fixed(1, ([of], context) => list(of, context).slice(0, -1))],
  ['append', fixed(2, ([of, value], context) => [...list(of, context), value])],
  ['prepend', fixed(2, ([of, value], context) => [value, ...list(of, context)])],
  ['concat', variadic(1, (given, context) => given.flatMap((of) => [...list(of, context)]))],
  ['reverse', fixed(1, ([of], context) => [...list(of, context)].reverse())],
  ['uniq', fixed(1, ([of], context) => uniq(list(of, context)))],
  ['has', fixed(2, ([value, of], context) => list(of, context).some((other) => isEqual(value, other)))],
  [
    'without',
    variadic(1, ([of, ...values], context) =>
      list(of, context).filter((value) => !values.some((other) => isEqual(value, other))),
    ),
  ],
  [
    'compact',
    fixed(1, ([of], context) =>
      list(of, context).filter((value) => value !== '' && value !== undefined && value !== null),
    ),
  ],
  ['sortAlpha', fixed(1, ([of], context) => list(of, context).map(textOf).sort())],
  ['toStrings', fixed(1, ([of], context) => list(of, context).map(textOf))],
  ['join', fixed(2, ([sign, of]) => (Array.isArray(of) ? of.map(textOf).join(textOf(sign)) : textOf(of)))],
  ['splitList', fixed(2, ([sign, text]) => textOf(text).split(textOf(sign)))],
  [
    'split',
    fixed(2, ([sign, text]) =>
      mappingOf(
        textOf(text)
          .split(textOf(sign))
          .map((part, index) => [`_${index}`, part]),
      ),
    ),
  ],
  ['until', fixed(1, ([count], context) => counted(0, Number(count), 1, context))],
  ['untilStep', fixed(3, ([start, end, step], context) => counted(Number(start), Number(end), Number(step), context))],
];

function list(value: unknown, { line }: CallContext): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value === undefined || value === null) return [];
  throw new TemplateError(line, `expected a list, got ${textOf(value).slice(0, 60)}`);
}

function mapping(value: unknown, { line }: CallContext): Mapping {
  if (isMapping(value)) return value;
  if (value === undefined || value === null) return {};
  throw new TemplateError(line, `expected a mapping, got ${textOf(value).slice(0, 60)}`);
}

function own(of: Mapping, key: string): unknown {
  return Object.hasOwn(of, key) ? of[key] : undefined;
}

function pairs(given: readonly unknown[], { line }: CallContext): [string, unknown][] {
  if (given.length % 2 === 1)
    throw new TemplateError(line, 'expected a value after each name of dict, got none after the last');
  return given.flatMap((name, index) =>
    index % 2 === 0 ? [[textOf(name), given[index + 1]] as [string, unknown]] : [],
  );
}

function picked(of: Mapping, names: readonly string[]): Mapping {
  return mappingOf(Object.entries(of).filter(([name]) => names.includes(name)));
}

function without(of: Mapping, names: readonly string[]): Mapping {
  return mappingOf(Object.entries(of).filter(([name]) => !names.includes(name)));
}

function merged(given: readonly unknown[], context: CallContext): Mapping {
  return given.reduce<Mapping>((before, of) => mergedTwo(before, mapping(of, context), context), {});
}

function mergedTwo(before: Mapping, after: Mapping, context: CallContext): Mapping {
  context.budget.spend(context.line);
  const fields = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(after)) {
    const known = fields.get(name);
    fields.set(name, isMapping(known) && isMapping(value) ? mergedTwo(known, value, context) : value);
  }
  return mappingOf(fields);
}

function item(of: unknown, key: unknown, { line }: CallContext): unknown {
  if (isMapping(of)) return own(of, textOf(key));
  if (Array.isArray(of) && typeof key === 'number' && key >= 0 && key < of.length) return of[key];
  throw new TemplateError(line, `expected an existing index, got ${textOf(key)}`);
}

function sliced(of: unknown, start: unknown, end: unknown, context: CallContext): unknown {
  const [from, to] = [Number(start ?? 0), end === undefined ? undefined : Number(end)];
  return typeof of === 'string' ? of.slice(from, to) : list(of, context).slice(from, to);
}

function uniq(values: readonly unknown[]): unknown[] {
  const seen = new Set<string>();
  return values.filter((value) => {
    const text = JSON.stringify(value ?? null);
    return seen.has(text) ? false : seen.add(text).size > 0;
  });
}

function counted(start: number, end: number, step: number, { line, budget }: CallContext): number[] {
  const length = Math.max(0, Math.ceil((end - start) / step)) || 0;
  budget.checkItems(line, length);
  return Array.from({ length }, (_, index) => start + index * step);
}
