/** Values that a template may name, nested by keys. */
export type TemplateValues = Readonly<Record<string, unknown>>;

/** A template that cannot be filled in: the message says what was expected and got, and in which line. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly action: string; readonly line: number };

const FUNCTIONS = ['default', 'printf', 'quote', 'toJson', 'toPrettyJson', 'urlquery'];
const FORM = `.name, "text", if, else, end, and ${FUNCTIONS.map((name) => `| ${name}`).join(', ')}`;

/**
 * Fills in the part of Go's text/template that templates for metrics and messages need: `{{ .a.b }}`, `{{ .a | default "x" }}`,
 * `{{ if .a }}…{{ else }}…{{ end }}`, the functions printf (of one value, with %s or %v), quote, toJson, toPrettyJson and urlquery, comments, and `{{-`, `-}}` to trim.
 *
 * @throws TemplateError naming the line, for a name without a value too.
 */
export function fillTemplate(template: string, values: TemplateValues): string {
  const parts = split(template);
  const reader = { next: 0 };
  const filled = fillBlock(parts, reader, values, true);
  const left = parts[reader.next];
  if (left?.kind === 'action')
    throw new TemplateError(`line ${left.line}: expected an if before {{ ${left.action} }}, got none`);
  return filled;
}

function split(template: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  let trimsNext = false;
  const addText = (raw: string, trimsEnd: boolean): void => {
    let text = trimsNext ? raw.trimStart() : raw;
    if (trimsEnd) text = text.trimEnd();
    if (text !== '') parts.push({ kind: 'text', text });
  };
  for (const match of template.matchAll(/\{\{(-\s)?\s*([\s\S]*?)\s*(\s-)?\}\}/g)) {
    addText(template.slice(end, match.index), match[1] !== undefined);
    const action = (match[2] ?? '').trim();
    const line = template.slice(0, match.index).split('\n').length;
    if (!action.startsWith('/*')) parts.push({ kind: 'action', action, line });
    trimsNext = match[3] !== undefined;
    end = match.index + match[0].length;
  }
  addText(template.slice(end), false);
  return parts;
}

// Reads up to the `else` or `end` of its block; what is not shown is read all the same, but not evaluated.
function fillBlock(parts: readonly Part[], reader: { next: number }, values: TemplateValues, isShown: boolean): string {
  let filled = '';
  for (let part = parts[reader.next]; part !== undefined; part = parts[reader.next]) {
    if (part.kind === 'text') {
      filled += part.text;
      reader.next += 1;
      continue;
    }
    if (part.action === 'end' || part.action === 'else') break;
    reader.next += 1;
    if (part.action.startsWith('if ')) filled += fillChoice(parts, reader, values, part, isShown);
    else if (isShown) filled += textOf(evaluate(part.action, values, part.line, false));
  }
  return filled;
}

function fillChoice(
  parts: readonly Part[],
  reader: { next: number },
  values: TemplateValues,
  choice: Extract<Part, { kind: 'action' }>,
  isShown: boolean,
): string {
  const holds = isShown && isTruthy(evaluate(choice.action.slice(3), values, choice.line, true));
  const first = fillBlock(parts, reader, values, holds);
  let second = '';
  let closing = parts[reader.next];
  if (closing?.kind === 'action' && closing.action === 'else') {
    reader.next += 1;
    second = fillBlock(parts, reader, values, isShown && !holds);
    closing = parts[reader.next];
  }
  if (closing?.kind !== 'action' || closing.action !== 'end') {
    throw new TemplateError(
      `line ${choice.line}: expected {{ end }} for {{ ${choice.action} }}, got the end of the template`,
    );
  }
  reader.next += 1;
  if (!isShown) return '';
  return holds ? first : second;
}

function evaluate(expression: string, values: TemplateValues, line: number, mayBeMissing: boolean): unknown {
  const [head = '', ...pipes] = expression.split('|').map((piece) => piece.trim());
  let value = operand(head, values, line);
  for (const pipe of pipes) value = applyFunction(pipe, value, values, line);
  if (value === undefined && !mayBeMissing) {
    const known = Object.keys(values).sort().join(', ') || 'none';
    throw new TemplateError(`line ${line}: expected a value for {{ ${head} }}, got none; known are ${known}`);
  }
  return value;
}

function operand(text: string, values: TemplateValues, line: number): unknown {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(text)?.[0];
  if (quoted !== undefined) return JSON.parse(quoted);
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  if (text === '.') return values;
  if (!/^(?:\.[A-Za-z_]\w*)+$/.test(text)) throw new TemplateError(`line ${line}: expected ${FORM}, got {{ ${text} }}`);
  return text
    .slice(1)
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, key)
          ? (value as TemplateValues)[key]
          : undefined,
      values,
    );
}

function applyFunction(pipe: string, value: unknown, values: TemplateValues, line: number): unknown {
  const [, name = '', argument] = /^(\w+)(?:\s+(.+))?$/s.exec(pipe) ?? [];
  switch (name) {
    case 'default':
      return isTruthy(value) ? value : operand(argument ?? '', values, line);
    case 'printf':
      return textOf(operand(argument ?? '', values, line)).replace(/%[sv]/, () => textOf(value));
    case 'quote':
      return JSON.stringify(textOf(value));
    case 'toJson':
      return JSON.stringify(value);
    case 'toPrettyJson':
      return JSON.stringify(value, undefined, 2);
    case 'urlquery':
      return encodeURIComponent(textOf(value));
    default:
      throw new TemplateError(`line ${line}: expected ${FORM}, got | ${pipe}`);
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}

// As in Go's templates: false, 0, and what is empty.
function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}
