import { createHash } from 'node:crypto';
import { printf } from './printf.js';
import { fixed, variadic, type CallContext, type FunctionTable } from './template-function.js';
import { textOf } from './template-value.js';

/** Functions of texts. As in sprig the text is the last argument, so that it can be piped. */
export const TEXT_FUNCTIONS: FunctionTable = [
  ['print', variadic(0, (given) => given.map(textOf).join(''))],
  ['println', variadic(0, (given) => `${given.map(textOf).join(' ')}\n`)],
  [
    'printf',
    variadic(1, ([form, ...given], { line, budget }) =>
      printf(textOf(form), given, (length) => budget.spend(line, length)),
    ),
  ],
  ['toString', fixed(1, ([text]) => textOf(text))],
  [
    'quote',
    variadic(1, (given) =>
      known(given)
        .map((text) => JSON.stringify(textOf(text)))
        .join(' '),
    ),
  ],
  [
    'squote',
    variadic(1, (given) =>
      known(given)
        .map((text) => `'${textOf(text)}'`)
        .join(' '),
    ),
  ],
  ['upper', fixed(1, ([text]) => textOf(text).toUpperCase())],
  ['lower', fixed(1, ([text]) => textOf(text).toLowerCase())],
  [
    'title',
    fixed(1, ([text]) =>
      textOf(text).replace(
        /(^|[^\p{L}\p{N}_'])(\p{L})/gu,
        (_, before: string, letter: string) => before + letter.toUpperCase(),
      ),
    ),
  ],
  ['trim', fixed(1, ([text]) => textOf(text).trim())],
  ['trimAll', fixed(2, ([cut, text]) => trimmed(textOf(text), textOf(cut)))],
  [
    'trimPrefix',
    fixed(2, ([prefix, text]) =>
      textOf(text).startsWith(textOf(prefix)) ? textOf(text).slice(textOf(prefix).length) : textOf(text),
    ),
  ],
  [
    'trimSuffix',
    fixed(2, ([suffix, text]) =>
      textOf(suffix) !== '' && textOf(text).endsWith(textOf(suffix))
        ? textOf(text).slice(0, -textOf(suffix).length)
        : textOf(text),
    ),
  ],
  [
    'trunc',
    fixed(2, ([length, text]) =>
      Number(length) < 0 ? textOf(text).slice(Number(length)) : textOf(text).slice(0, Number(length)),
    ),
  ],
  [
    'substr',
    fixed(3, ([start, end, text]) =>
      textOf(text).slice(Math.max(0, Number(start)), Number(end) < 0 ? undefined : Number(end)),
    ),
  ],
  ['replace', fixed(3, ([old, next, text], context) => replaced(textOf(text), textOf(old), textOf(next), context))],
  ['repeat', fixed(2, ([times, text], context) => repeated(textOf(text), Number(times), context))],
  ['contains', fixed(2, ([part, text]) => textOf(text).includes(textOf(part)))],
  ['hasPrefix', fixed(2, ([prefix, text]) => textOf(text).startsWith(textOf(prefix)))],
  ['hasSuffix', fixed(2, ([suffix, text]) => textOf(text).endsWith(textOf(suffix)))],
  ['indent', fixed(2, ([width, text], context) => indented(textOf(text), Number(width), context))],
  ['nindent', fixed(2, ([width, text], context) => `\n${indented(textOf(text), Number(width), context)}`)],
  ['nospace', fixed(1, ([text]) => textOf(text).replace(/\s/g, ''))],
  ['cat', variadic(0, (given) => known(given).map(textOf).join(' '))],
  ['urlquery', variadic(1, (given) => encodeURIComponent(given.map(textOf).join('')))],
  [
    'html',
    variadic(1, (given) =>
      given
        .map(textOf)
        .join('')
        .replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`),
    ),
  ],
  ['js', variadic(1, (given) => JSON.stringify(given.map(textOf).join('')).slice(1, -1).replaceAll("'", "\\'"))],
  ['b64enc', fixed(1, ([text]) => Buffer.from(textOf(text)).toString('base64'))],
  ['b64dec', fixed(1, ([text]) => Buffer.from(textOf(text), 'base64').toString())],
  ['sha256sum', fixed(1, ([text]) => createHash('sha256').update(textOf(text)).digest('hex'))],
];

function known(given: readonly unknown[]): unknown[] {
  return given.filter((value) => value !== undefined && value !== null);
}

function trimmed(text: string, cut: string): string {
  const letters = Array.from(text);
  while (letters[0] !== undefined && cut.includes(letters[0])) letters.shift();
  for (let last = letters.at(-1); last !== undefined && cut.includes(last); last = letters.at(-1)) letters.pop();
  return letters.join('');
}

function repeated(text: string, times: number, { line, budget }: CallContext): string {
  const count = Number.isInteger(times) && times > 0 ? times : 0;
  budget.spend(line, text.length * count);
  return text.repeat(count);
}

function replaced(text: string, old: string, next: string, { line, budget }: CallContext): string {
  const parts = text.split(old);
  budget.spend(line, text.length + parts.length * next.length);
  return parts.join(next);
}

function indented(text: string, width: number, { line, budget }: CallContext): string {
  const count = Number.isInteger(width) && width > 0 ? width : 0;
  const lines = text.split('\n');
  budget.spend(line, text.length + lines.length * count);
  const pad = ' '.repeat(count);
  return lines.map((of) => pad + of).join('\n');
}
