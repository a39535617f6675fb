import { TemplateError } from './template-error.js';
import { fixed, variadic, type CallContext, type FunctionTable } from './template-function.js';
import { isTruthy, kindOf, textOf } from './template-value.js';

/** Comparisons, choices and what is known of a value. */
export const LOGIC_FUNCTIONS: FunctionTable = [
  [
    'and',
    { atLeast: 1, atMost: Infinity, isLazy: true, call: (given) => firstThat(given, (value) => !isTruthy(value)) },
  ],
  ['or', { atLeast: 1, atMost: Infinity, isLazy: true, call: (given) => firstThat(given, isTruthy) }],
  ['not', fixed(1, ([value]) => !isTruthy(value))],
  ['eq', variadic(2, ([value, ...others]) => others.some((other) => isEqual(value, other)))],
  ['ne', fixed(2, ([one, other]) => !isEqual(one, other))],
  ['lt', fixed(2, ([one, other], context) => order(one, other, context) < 0)],
  ['le', fixed(2, ([one, other], context) => order(one, other, context) <= 0)],
  ['gt', fixed(2, ([one, other], context) => order(one, other, context) > 0)],
  ['ge', fixed(2, ([one, other], context) => order(one, other, context) >= 0)],
  ['default', fixed(2, ([fallback, value]) => (isTruthy(value) ? value : fallback))],
  ['empty', fixed(1, ([value]) => !isTruthy(value))],
  ['coalesce', variadic(1, (given) => given.find(isTruthy) ?? null)],
  ['ternary', fixed(3, ([yes, no, condition]) => (isTruthy(condition) ? yes : no))],
  ['any', variadic(1, (given) => given.some(isTruthy))],
  ['all', variadic(1, (given) => given.every(isTruthy))],
  ['kindOf', fixed(1, ([value]) => kindOf(value))],
  ['kindIs', fixed(2, ([kind, value]) => kindOf(value) === kind)],
  ['typeOf', fixed(1, ([value]) => kindOf(value))],
  [
    'fail',
    fixed(1, ([message], { line }) => {
      throw new TemplateError(line, textOf(message));
    }),
  ],
  [
    'required',
    fixed(2, ([message, value], { line }) => {
      if (value !== undefined && value !== null && value !== '') return value;
      throw new TemplateError(line, textOf(message));
    }),
  ],
  ['include', fixed(2, ([name, dot], { include }) => include(textOf(name), dot))],
];

function firstThat(given: readonly (() => unknown)[], stops: (value: unknown) => boolean): unknown {
  let value: unknown;
  for (const get of given) {
    value = get();
    if (stops(value)) return value;
  }
  return value;
}

/** Whether two values are the same, whatever they hold. */
export function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  const [first, second] = [kindOf(one), kindOf(other)];
  if (first !== second) return false;
  if (first !== 'slice' && first !== 'map') return first === 'invalid';
  return JSON.stringify(one) === JSON.stringify(other);
}

function order(one: unknown, other: unknown, { line }: CallContext): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  if (typeof one === 'string' && typeof other === 'string') return one < other ? -1 : one > other ? 1 : 0;
  throw new TemplateError(
    line,
    `expected two numbers or two strings to compare, got ${kindOf(one)} and ${kindOf(other)}`,
  );
}
