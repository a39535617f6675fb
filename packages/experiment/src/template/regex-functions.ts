import { RE2JS } from 're2js';
import { messageOf } from '../experiment-error.js';
import { TemplateError } from './template-error.js';
import { fixed, type CallContext, type FunctionTable } from './template-function.js';
import { textOf } from './template-value.js';

type Match = { readonly start: number; readonly end: number; readonly groups: readonly (string | null)[] };

const MAX_PATTERN_LENGTH = 1000;

/** Regular expressions of Go (RE2), which take time in the order of the text, whatever the pattern is. */
export const REGEX_FUNCTIONS: FunctionTable = [
  ['regexMatch', fixed(2, ([pattern, text], context) => matches(pattern, textOf(text), context, 1).length > 0)],
  ['mustRegexMatch', fixed(2, ([pattern, text], context) => matches(pattern, textOf(text), context, 1).length > 0)],
  ['regexFind', fixed(2, ([pattern, text], context) => matches(pattern, textOf(text), context, 1)[0]?.groups[0] ?? '')],
  [
    'regexFindAll',
    fixed(3, ([pattern, text, most], context) =>
      matches(pattern, textOf(text), context, limitOf(most)).map(({ groups }) => groups[0] ?? ''),
    ),
  ],
  [
    'regexReplaceAll',
    fixed(3, ([pattern, text, next], context) =>
      replaced(pattern, textOf(text), context, (match) => expanded(textOf(next), match)),
    ),
  ],
  [
    'mustRegexReplaceAll',
    fixed(3, ([pattern, text, next], context) =>
      replaced(pattern, textOf(text), context, (match) => expanded(textOf(next), match)),
    ),
  ],
  [
    'regexReplaceAllLiteral',
    fixed(3, ([pattern, text, next], context) => replaced(pattern, textOf(text), context, () => textOf(next))),
  ],
  ['regexSplit', fixed(3, ([pattern, text, most], context) => split(pattern, textOf(text), limitOf(most), context))],
  ['regexQuoteMeta', fixed(1, ([text]) => RE2JS.quote(textOf(text)))],
];

function limitOf(most: unknown): number {
  return Number(most) < 0 ? Infinity : Number(most);
}

function matches(pattern: unknown, text: string, { line, budget }: CallContext, atMost: number): Match[] {
  const expression = textOf(pattern);
  if (expression.length > MAX_PATTERN_LENGTH) {
    throw new TemplateError(
      line,
      `expected a regular expression of at most ${MAX_PATTERN_LENGTH} characters, got ${expression.length}`,
    );
  }
  // Each character may be matched against each part of the expression.
  budget.spend(line, Math.min(text.length * Math.max(1, expression.length), 4 * 1024 * 1024));
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(expression);
  } catch (error) {
    throw new TemplateError(
      line,
      `expected a regular expression of Go, got ${JSON.stringify(expression)}: ${messageOf(error)}`,
    );
  }
  const matcher = compiled.matcher(text);
  const found: Match[] = [];
  while (found.length < atMost && matcher.find()) {
    budget.spend(line);
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, group) => matcher.group(group));
    found.push({ start: matcher.start(), end: matcher.end(), groups });
  }
  return found;
}

function replaced(pattern: unknown, text: string, context: CallContext, by: (match: Match) => string): string {
  const parts: string[] = [];
  let at = 0;
  let length = text.length;
  for (const match of matches(pattern, text, context, Infinity)) {
    const next = by(match);
    length += next.length;
    context.budget.spend(context.line, length);
    parts.push(text.slice(at, match.start), next);
    at = match.end;
  }
  return parts.join('') + text.slice(at);
}

// $1 and ${1}; $$ is the sign itself.
function expanded(form: string, { groups }: Match): string {
  return form.replace(
    /\$(?:(\$)|(\d+)(?!\w)|\{(\d+)\}|\w+|\{\w+\})/g,
    (_whole, sign?: string, plain?: string, braced?: string) => sign ?? groups[Number(plain ?? braced)] ?? '',
  );
}

function split(pattern: unknown, text: string, atMost: number, context: CallContext): string[] {
  if (atMost === 0) return [];
  const parts: string[] = [];
  let at = 0;
  for (const match of matches(pattern, text, context, atMost - 1)) {
    parts.push(text.slice(at, match.start));
    at = match.end;
  }
  return [...parts, text.slice(at)];
}
