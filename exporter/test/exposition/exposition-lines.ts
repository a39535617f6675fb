/** A format that the exporter serves. */
export type Format = 'text' | 'openmetrics';

/** One line of an exposition, read strictly. */
export type Line =
  | {
      readonly kind: 'descriptor';
      readonly keyword: 'HELP' | 'TYPE' | 'UNIT';
      readonly name: string;
      readonly text: string;
    }
  | { readonly kind: 'eof' }
  | { readonly kind: 'broken'; readonly problem: string }
  | Sample;

/** One sample: its name, its labels in the order written, and its value as text. */
export interface Sample {
  readonly kind: 'sample';
  readonly name: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: string;
  /** OpenMetrics only. */
  readonly exemplar?: Exemplar | undefined;
}

/** An exemplar after a sample. */
export interface Exemplar {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: string;
  readonly time: string | undefined;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const QUOTED = /^"((?:[^"\\]|\\.)+)"/s;
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]Inf|NaN)$/;
const ESCAPED = new Map([
  ['\\', '\\'],
  ['"', '"'],
  ['n', '\n'],
]);

/** Reads one line without its line feed: exactly one space between parts, no timestamps but those of exemplars. */
export function readLine(line: string, format: Format): Line {
  if (line === '') return broken('empty line');
  // Within a label value or a help text it is a character like others.
  if (line.endsWith('\r')) return broken('carriage return');
  if (line === '# EOF') return { kind: 'eof' };
  if (line.startsWith('#')) return readDescriptor(line, format);
  return readSample(line, format);
}

function readDescriptor(line: string, format: Format): Line {
  const match = /^# (HELP|TYPE|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*|"(?:[^"\\]|\\.)+") (.*)$/s.exec(line);
  if (match === null) return broken('comment that is no HELP, TYPE or UNIT');
  const [, keyword = '', written = '', text = ''] = match;
  const name = readName(written, NAME)?.name;
  if (name === undefined) return broken(`bad name ${written}`);
  if (keyword !== 'HELP') return { kind: 'descriptor', keyword: keyword === 'TYPE' ? 'TYPE' : 'UNIT', name, text };
  // The text format leaves a quotation mark in HELP as it is; OpenMetrics escapes it like those in label values.
  const help = unescape(text, format === 'text' ? '\\n' : '\\n"');
  if (help === undefined) return broken(`bad escape in HELP: ${text}`);
  if (format === 'openmetrics' && /(?:^|[^\\])(?:\\\\)*"/.test(text)) return broken('bare quotation mark in HELP');
  return { kind: 'descriptor', keyword: 'HELP', name, text: help };
}

function readSample(line: string, format: Format): Line {
  const isQuoted = line.startsWith('{');
  const head = readName(isQuoted ? line.slice(1) : line, NAME);
  if (head?.isQuoted !== isQuoted) return broken('line starts with no metric name');
  const { name } = head;
  const labels: [string, string][] = [];
  let rest: ReturnType<typeof readLabels> = line.slice(head.length + (isQuoted ? 1 : 0));
  if (isQuoted && rest.startsWith('}')) rest = rest.slice(1);
  else if (isQuoted && !rest.startsWith(',')) return broken('comma or closing brace expected after a name');
  else rest = readLabels(isQuoted ? `{${rest.slice(1)}` : rest, labels);
  if (typeof rest !== 'string') return rest;
  if (!rest.startsWith(' ')) return broken('one space expected before the value');
  const mark = format === 'openmetrics' ? rest.indexOf(' # ') : -1;
  const value = rest.slice(1, mark < 0 ? undefined : mark);
  if (!VALUE.test(value)) return broken(`not one value: ${JSON.stringify(value)}`);
  if (mark < 0) return { kind: 'sample', name, labels, value };
  const exemplar = readExemplar(rest.slice(mark + 3));
  return 'kind' in exemplar ? exemplar : { kind: 'sample', name, labels, value, exemplar };
}

function readExemplar(text: string): Exemplar | Extract<Line, { kind: 'broken' }> {
  if (!text.startsWith('{')) return broken('labels expected at the begin of an exemplar');
  const labels: [string, string][] = [];
  const rest = readLabels(text, labels);
  if (typeof rest !== 'string') return rest;
  const characters = labels.flat().reduce((sum, part) => sum + Array.from(part).length, 0);
  if (characters > 128) return broken(`an exemplar with ${characters} characters`);
  const [, value = '', time] = /^ (\S+)(?: (\d+(?:\.\d+)?))?$/.exec(rest) ?? [];
  if (!VALUE.test(value)) return broken(`not a value and a time of an exemplar: ${JSON.stringify(rest)}`);
  return { labels, value, time };
}

/** Reads labels in braces, if there are any, and answers what stands after them. */
function readLabels(text: string, labels: [string, string][]): string | Extract<Line, { kind: 'broken' }> {
  let rest = text;
  if (!rest.startsWith('{')) return rest;
  rest = rest.slice(1);
  if (rest.startsWith('}')) return broken('empty braces');
  for (;;) {
    const read = readName(rest, LABEL_NAME);
    if (read === undefined) return broken(`label name expected at ${JSON.stringify(rest)}`);
    const label = read.name;
    rest = rest.slice(read.length);
    const quoted = /^="((?:[^"\\]|\\.)*)"/s.exec(rest);
    if (quoted === null) return broken(`quoted value expected after label ${label}`);
    const value = unescape(quoted[1] ?? '', '\\n"');
    if (value === undefined) return broken(`bad escape in label ${label}`);
    if (labels.some(([other]) => other === label)) return broken(`label ${label} twice`);
    if (label.startsWith('__')) return broken(`reserved label ${label}`);
    if (value === '') return broken(`label ${label} is empty`);
    labels.push([label, value]);
    rest = rest.slice(quoted[0].length);
    const next = rest[0];
    rest = rest.slice(1);
    if (next === '}') return rest;
    if (next !== ',') return broken('comma or closing brace expected after a label');
  }
}

/** A name at the begin of a text: as it is, or quoted where it must be. */
function readName(
  text: string,
  plain: RegExp,
): { readonly name: string; readonly length: number; readonly isQuoted: boolean } | undefined {
  const quoted = QUOTED.exec(text);
  if (quoted === null) {
    const name = plain.exec(text)?.[0];
    return name === undefined ? undefined : { name, length: name.length, isQuoted: false };
  }
  const name = unescape(quoted[1] ?? '', '\\n"');
  const isNeeded = name !== undefined && plain.exec(name)?.[0] !== name && !name.includes('\0');
  return isNeeded ? { name, length: quoted[0].length, isQuoted: true } : undefined;
}

/** The text meant, or undefined when a backslash stands before anything but `allowed`. */
function unescape(text: string, allowed: string): string | undefined {
  const escapes = [...text.matchAll(/\\(.?)/gs)];
  if (escapes.some(([, character = '']) => character === '' || !allowed.includes(character))) return undefined;
  return text.replace(/\\(.)/gs, (_escape, character: string) => ESCAPED.get(character) ?? '');
}

function broken(problem: string): Extract<Line, { kind: 'broken' }> {
  return { kind: 'broken', problem };
}
