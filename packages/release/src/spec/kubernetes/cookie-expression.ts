import { RE2JS } from 're2js';
import type { Segment } from '../release-spec.js';

/** The expression for the whole header `cookie`, or why there is none. */
export type CookieExpression =
  { readonly kind: 'expression'; readonly text: string } | ({ readonly kind: 'problem' } & Problem);

type Problem = { readonly expected: string; readonly got: string };

/** A literal part of an expression. */
type Token = { readonly kind: 'start' | 'end' | 'or' | 'flags' | 'text'; readonly text: string };

const ANCHORS = 'an expression for a cookie with "^" only at its start and "$" only at its end';
const SEMICOLON = 'an expression for a cookie that cannot match ";", which ends its value';

/**
 * A test of one cookie as a regular expression for the header `cookie`, since a HTTPRoute knows no cookies. It covers the whole header,
 * so that gateways that search in a value and gateways that compare all of it agree. Whatever in it could take `;` is narrowed, so that
 * it stays within the one cookie.
 */
export function cookieExpression(name: string, test: Segment['test']): CookieExpression {
  const whole = (value: string): CookieExpression => ({
    kind: 'expression',
    text: `^(?:.*; *)?${literal(name)}=${value}(?:;.*)?$`,
  });
  if ('equals' in test) {
    if (!test.equals.includes(';')) return whole(literal(test.equals));
    return problem('a value without ";", which no cookie has', test.equals);
  }
  try {
    return whole(`(?:${branchesOf(tokensOf(test.matches)).map(branchText).join('|')})`);
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    return problem(error.message, test.matches);
  }
}

/** A text as an expression that matches it alone. */
function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

class Untranslatable extends Error {}

function problem(expected: string, given: string): CookieExpression {
  return { kind: 'problem', expected, got: JSON.stringify(given) };
}

function branchesOf(tokens: readonly Token[]): Token[][] {
  const branches: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'or') branches.push([]);
    else branches.at(-1)?.push(token);
  }
  return branches;
}

// Flags hold for all that follows, so that they stay in front.
function branchText(tokens: readonly Token[]): string {
  const flags = tokens.slice(0, firstWithoutFlags(tokens));
  const rest = tokens.slice(flags.length);
  const isFromStart = rest[0]?.kind === 'start';
  const isToEnd = rest.length > (isFromStart ? 1 : 0) && rest.at(-1)?.kind === 'end';
  const body = rest.slice(isFromStart ? 1 : 0, isToEnd ? -1 : undefined);
  if (body.some(({ kind }) => kind === 'start' || kind === 'end')) throw new Untranslatable(ANCHORS);
  return [
    ...flags.map(({ text }) => text),
    isFromStart ? '' : '[^;]*',
    ...body.map(({ text }) => text),
    isToEnd ? '' : '[^;]*',
  ].join('');
}

function firstWithoutFlags(tokens: readonly Token[]): number {
  const index = tokens.findIndex(({ kind }) => kind !== 'flags');
  return index < 0 ? tokens.length : index;
}

/** The tokens of a valid expression (RE2), each that could take `;` narrowed. */
function tokensOf(expression: string): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  for (let rest = expression; rest !== '';) {
    const text = nextToken(rest);
    rest = rest.slice(text.length);
    if (text.startsWith('(')) {
      const isFlags = text.startsWith('(?') && text.endsWith(')');
      if (!isFlags) depth += 1;
      tokens.push({ kind: isFlags && depth === 0 ? 'flags' : 'text', text });
    } else if (text === ')') {
      depth -= 1;
      tokens.push({ kind: 'text', text });
    } else if (text === '|') {
      tokens.push({ kind: depth === 0 ? 'or' : 'text', text });
    } else if (['^', '$', String.raw`\A`, String.raw`\z`].includes(text)) {
      if (depth > 0 || /^[*+?{]/.test(rest)) throw new Untranslatable(ANCHORS);
      tokens.push({ kind: text === '^' || text === String.raw`\A` ? 'start' : 'end', text });
    } else {
      tokens.push({ kind: 'text', text: narrowed(text) });
    }
  }
  return tokens;
}

/** One anchor, operator, group's beginning or atom; a class and an escape are one atom each. */
const TOKEN = new RegExp(
  [
    String.raw`\\Q.*?(?:\\E|$)`,
    String.raw`\\(?:x\{[^}]*\}|x..|[pP]\{[^}]*\}|[pP].|[0-7]{1,3}|.)`,
    String.raw`\[\^?\]?(?:\[:[^\]]*:\]|\\.|[^\]\\])*\]`,
    String.raw`\(\?[imsU-]*[:)]`,
    String.raw`\{\d+(?:,\d*)?\}`,
    '.',
  ].join('|'),
  'suy',
);

function nextToken(rest: string): string {
  TOKEN.lastIndex = 0;
  return TOKEN.exec(rest)?.[0] ?? rest;
}

const NARROWED: Readonly<Record<string, string>> = {
  '.': '[^;]',
  [String.raw`\D`]: '[^0-9;]',
  [String.raw`\S`]: String.raw`[^\s;]`,
  [String.raw`\W`]: String.raw`[^\w;]`,
};

function narrowed(atom: string): string {
  if (/^(?:[*+?]|\{\d|\\[bB]$)/.test(atom)) return atom;
  const known = NARROWED[atom];
  if (known !== undefined) return known;
  if (atom.startsWith(String.raw`\Q`)) {
    const text = atom.slice(2).replace(/\\E$/, '');
    if (text.includes(';')) throw new Untranslatable(SEMICOLON);
    return `(?:${literal(text)})`;
  }
  if (!RE2JS.compile(atom).matches(';')) return atom;
  if (!atom.startsWith('[^')) throw new Untranslatable(SEMICOLON);
  const members = atom.slice(2);
  return `[^;${/^[\]-]/.test(members) ? '\\' : ''}${members}`;
}
