import { randomInt, randomUUID } from 'node:crypto';
import { TemplateError } from './template-error.js';
import { fixed, type CallContext, type FunctionTable } from './template-function.js';
import { textOf } from './template-value.js';

const DIGITS = '0123456789';
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const MIN_LENGTH = 2;
const MAX_LENGTH = 16;
const MAX_CHARACTERS = 100_000;

/**
 * Functions whose value is another at each call, for the data of a load: those of ghz (`newUUID`, `randomString`, `randomInt`), and of sprig those
 * of that kind.
 */
export const CHANCE_FUNCTIONS: FunctionTable = [
  ['newUUID', fixed(0, () => randomUUID())],
  ['uuidv4', fixed(0, () => randomUUID())],
  // Of 0 or less the length, too, is left to chance.
  [
    'randomString',
    fixed(1, ([length], context) => {
      const wanted = wholeOf(length, context);
      return textFrom(LETTERS + DIGITS, wanted > 0 ? wanted : randomInt(MIN_LENGTH, MAX_LENGTH + 1), context);
    }),
  ],
  // From the first to below the second, none below 0.
  ['randomInt', fixed(2, ([least, beyond], context) => between(Math.max(0, wholeOf(least, context)), beyond, context))],
  ['randInt', fixed(2, ([least, beyond], context) => between(wholeOf(least, context), beyond, context))],
  ['randAlphaNum', fixed(1, ([length], context) => textFrom(LETTERS + DIGITS, wholeOf(length, context), context))],
  ['randAlpha', fixed(1, ([length], context) => textFrom(LETTERS, wholeOf(length, context), context))],
  ['randNumeric', fixed(1, ([length], context) => textFrom(DIGITS, wholeOf(length, context), context))],
];

function between(least: number, beyond: unknown, context: CallContext): number {
  const end = wholeOf(beyond, context);
  if (end <= least) throw new TemplateError(context.line, `expected a number above ${least}, got ${end}`);
  return randomInt(least, end);
}

function textFrom(characters: string, length: number, { line }: CallContext): string {
  if (length > MAX_CHARACTERS) {
    throw new TemplateError(line, `expected a length of at most ${MAX_CHARACTERS}, got ${length}`);
  }
  let text = '';
  for (let index = 0; index < length; index += 1) text += characters.charAt(randomInt(characters.length));
  return text;
}

function wholeOf(value: unknown, { line }: CallContext): number {
  const number = typeof value === 'number' ? value : Number(textOf(value).trim() || NaN);
  if (Number.isSafeInteger(number)) return number;
  throw new TemplateError(line, `expected a whole number, got ${textOf(value)}`);
}
