import { TemplateError } from './template-error.js';
import { fixed, variadic, type CallContext, type FunctionTable } from './template-function.js';
import { isMapping, textOf } from './template-value.js';

/** Functions of numbers; texts that are numbers are taken for them, as in sprig. */
export const NUMBER_FUNCTIONS: FunctionTable = [
  ['int', fixed(1, ([value]) => Math.trunc(numberOf(value)))],
  ['int64', fixed(1, ([value]) => Math.trunc(numberOf(value)))],
  ['float64', fixed(1, ([value]) => numberOf(value))],
  ['add', variadic(1, (given) => wholes(given).reduce((sum, value) => sum + value, 0))],
  ['add1', fixed(1, ([value]) => Math.trunc(numberOf(value)) + 1)],
  ['sub', fixed(2, ([one, other]) => Math.trunc(numberOf(one)) - Math.trunc(numberOf(other)))],
  ['mul', variadic(1, (given) => wholes(given).reduce((product, value) => product * value, 1))],
  ['div', fixed(2, ([one, other], context) => Math.trunc(numberOf(one) / divisor(other, context)))],
  ['mod', fixed(2, ([one, other], context) => Math.trunc(numberOf(one)) % divisor(other, context))],
  ['addf', variadic(1, (given) => given.map(numberOf).reduce((sum, value) => sum + value, 0))],
  ['subf', fixed(2, ([one, other]) => numberOf(one) - numberOf(other))],
  ['mulf', variadic(1, (given) => given.map(numberOf).reduce((product, value) => product * value, 1))],
  ['divf', fixed(2, ([one, other]) => numberOf(one) / numberOf(other))],
  ['max', variadic(1, (given) => Math.max(...wholes(given)))],
  ['min', variadic(1, (given) => Math.min(...wholes(given)))],
  ['floor', fixed(1, ([value]) => Math.floor(numberOf(value)))],
  ['ceil', fixed(1, ([value]) => Math.ceil(numberOf(value)))],
  [
    'round',
    {
      atLeast: 2,
      atMost: 3,
      call: ([value, digits]) => Number(numberOf(value).toFixed(Math.min(100, Math.max(0, numberOf(digits))))),
    },
  ],
  ['len', fixed(1, ([value], context) => lengthOf(value, context))],
];

function numberOf(value: unknown): number {
  if (typeof value === 'boolean') return value ? 1 : 0;
  const number = typeof value === 'number' ? value : Number(textOf(value).trim() || 0);
  return Number.isNaN(number) ? 0 : number;
}

function wholes(given: readonly unknown[]): number[] {
  return given.map((value) => Math.trunc(numberOf(value)));
}

function divisor(value: unknown, { line }: CallContext): number {
  const number = Math.trunc(numberOf(value));
  if (number !== 0) return number;
  throw new TemplateError(line, 'expected a divisor other than 0, got 0');
}

function lengthOf(value: unknown, { line }: CallContext): number {
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (isMapping(value)) return Object.keys(value).length;
  throw new TemplateError(line, 'expected the length of a string, a list or a mapping, got something else');
}
