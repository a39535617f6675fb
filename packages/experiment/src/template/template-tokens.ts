import { TemplateError } from './template-error.js';

/** A piece of a template: text, or the inside of an action. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly action: string; readonly line: number };

/** A word of an action. */
export type ActionToken =
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'name'; readonly text: string }
  /** `$name`, or `$` alone. */
  | { readonly kind: 'variable'; readonly text: string }
  /** `.a.b`, joined to the preceding token or not; empty for the dot alone. */
  | { readonly kind: 'path'; readonly path: readonly string[]; readonly isJoined: boolean }
  | { readonly kind: 'sign'; readonly text: '(' | ')' | '|' | ':=' | '=' | ',' };

/** Splits a template at its actions; `{{-` and `-}}` trim the text beside them, comments are left out. */
export function splitTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let at = 0;
  let line = 1;
  let trimsNext = false;
  for (;;) {
    const open = template.indexOf('{{', at);
    const raw = template.slice(at, open < 0 ? undefined : open);
    const trimsEnd = open >= 0 && /^-\s/.test(template.slice(open + 2, open + 4));
    const text = trimmed(raw, trimsNext, trimsEnd);
    if (text !== '') parts.push({ kind: 'text', text });
    line += countLines(raw);
    if (open < 0) return parts;
    const start = open + (trimsEnd ? 3 : 2);
    const close = closeOf(template, start, line);
    const inside = template.slice(start, close);
    trimsNext = /\s-$/.test(inside);
    const action = (trimsNext ? inside.slice(0, -1) : inside).trim();
    if (!action.startsWith('/*')) parts.push({ kind: 'action', action, line });
    line += countLines(inside);
    at = close + 2;
  }
}

function trimmed(text: string, atStart: boolean, atEnd: boolean): string {
  const started = atStart ? text.trimStart() : text;
  return atEnd ? started.trimEnd() : started;
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

// Not within quotes, nor within a comment.
function closeOf(template: string, start: number, line: number): number {
  const comment = /^\s*\/\*/.exec(template.slice(start, start + 100)) !== null;
  if (comment) {
    const end = template.indexOf('*/', start);
    const close = end < 0 ? -1 : template.indexOf('}}', end);
    if (close >= 0) return close;
    throw new TemplateError(line, 'expected */ and }} at the end of a comment, got the end of the template');
  }
  for (let at = start; at < template.length; at += 1) {
    const letter = template[at];
    if (letter === '}' && template[at + 1] === '}') return at;
    if (letter === '`') at = endOfQuote(template, at, line);
    if (letter === '"' || letter === "'") at = endOfQuote(template, at, line);
  }
  throw new TemplateError(line, 'expected }} at the end of an action, got the end of the template');
}

function endOfQuote(template: string, start: number, line: number): number {
  const quote = template[start];
  for (let at = start + 1; at < template.length; at += 1) {
    if (template[at] === '\\' && quote !== '`') at += 1;
    else if (template[at] === quote) return at;
    else if (template[at] === '\n' && quote !== '`') break;
  }
  throw new TemplateError(line, `expected a closing ${quote ?? ''}, got none`);
}

const TOKEN =
  /(\s+)|("(?:[^"\\\n]|\\.)*")|(`[^`]*`)|('(?:[^'\\\n]|\\.)[^']*')|([-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))|(\$\w*)|((?:\.[A-Za-z_]\w*)+|\.)|([A-Za-z_]\w*)|(:=|[=()|,])|([^])/gy;

/** Splits an action into its words. */
export function tokensOf(action: string, line: number): ActionToken[] {
  const tokens: ActionToken[] = [];
  let afterSpace = true;
  for (const [whole, space, text, raw, letter, number, variable, path, name, sign] of action.matchAll(TOKEN)) {
    if (space !== undefined) {
      afterSpace = true;
      continue;
    }
    if (text !== undefined) tokens.push({ kind: 'literal', value: unquoted(text, line) });
    else if (raw !== undefined) tokens.push({ kind: 'literal', value: raw.slice(1, -1) });
    else if (letter !== undefined)
      tokens.push({ kind: 'literal', value: unquoted(`"${letter.slice(1, -1)}"`, line).codePointAt(0) });
    else if (number !== undefined) tokens.push({ kind: 'literal', value: Number(number.replaceAll('_', '')) });
    else if (variable !== undefined) tokens.push({ kind: 'variable', text: variable });
    else if (path !== undefined)
      tokens.push({ kind: 'path', path: path.split('.').filter((step) => step !== ''), isJoined: !afterSpace });
    else if (name !== undefined) tokens.push(wordOf(name));
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign as '(' });
    else
      throw new TemplateError(line, `expected a name, a value or a sign of a template, got ${JSON.stringify(whole)}`);
    afterSpace = false;
  }
  return tokens;
}

function wordOf(name: string): ActionToken {
  const constants: ReadonlyMap<string, unknown> = new Map<string, unknown>([
    ['true', true],
    ['false', false],
    ['nil', null],
  ]);
  return constants.has(name) ? { kind: 'literal', value: constants.get(name) } : { kind: 'name', text: name };
}

// Go's escapes beyond those of JSON.
function unquoted(text: string, line: number): string {
  const asJson = text.replace(/\\([^])|[\t]/g, (whole, escaped: string | undefined) => {
    const known: Readonly<Record<string, string>> = { a: '\\u0007', v: '\\u000b', "'": "'" };
    if (escaped === undefined) return '\\t';
    return Object.hasOwn(known, escaped) ? (known[escaped] ?? whole) : whole;
  });
  try {
    return String(JSON.parse(asJson));
  } catch {
    throw new TemplateError(line, `expected a quoted string, got ${text}`);
  }
}
