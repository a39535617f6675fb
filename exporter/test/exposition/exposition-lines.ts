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
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]Inf|NaN)$/;
const ESCAPED = new Map([
  ['\\', '\\'],
  ['"', '"'],
  ['n', '\n'],
]);

/** Reads one line without its line feed: exactly one space between parts, no timestamps, no exemplars. */
export function readLine(line: string, format: Format): Line {
  if (line === '') return broken('empty line');
  // Within a label value or a help text it is a character like others.
  if (line.endsWith('\r')) return broken('carriage return');
  if (line === '# EOF') return { kind: 'eof' };
  if (line.startsWith('#')) return readDescriptor(line, format);
  return readSample(line);
}

function readDescriptor(line: string, format: Format): Line {
  const match = /^# (HELP|TYPE|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s.exec(line);
  if (match === null) return broken('comment that is no HELP, TYPE or UNIT');
  const [, keyword = '', name = '', text = ''] = match;
  if (keyword !== 'HELP') return { kind: 'descriptor', keyword: keyword === 'TYPE' ? 'TYPE' : 'UNIT', name, text };
  // The text format leaves a quotation mark in HELP as it is; OpenMetrics escapes it like those in label values.
  const help = unescape(text, format === 'text' ? '\\n' : '\\n"');
  if (help === undefined) return broken(`bad escape in HELP: ${text}`);
  if (format === 'openmetrics' && /(?:^|[^\\])(?:\\\\)*"/.test(text)) return broken('bare quotation mark in HELP');
  return { kind: 'descriptor', keyword: 'HELP', name, text: help };
}

function readSample(line: string): Line {
  const name = NAME.exec(line)?.[0];
  if (name === undefined) return broken('line starts with no metric name');
  let rest = line.slice(name.length);
  const labels: [string, string][] = [];
  if (rest.startsWith('{')) {
    rest = rest.slice(1);
    if (rest.startsWith('}')) return broken('empty braces');
    for (;;) {
      const label = LABEL_NAME.exec(rest)?.[0];
      if (label === undefined) return broken(`label name expected at ${JSON.stringify(rest)}`);
      const quoted = /^="((?:[^"\\]|\\.)*)"/s.exec(rest.slice(label.length));
      if (quoted === null) return broken(`quoted value expected after label ${label}`);
      const value = unescape(quoted[1] ?? '', '\\n"');
      if (value === undefined) return broken(`bad escape in label ${label}`);
      if (labels.some(([other]) => other === label)) return broken(`label ${label} twice`);
      if (label.startsWith('__')) return broken(`reserved label ${label}`);
      if (value === '') return broken(`label ${label} is empty`);
      labels.push([label, value]);
      rest = rest.slice(label.length + quoted[0].length);
      const next = rest[0];
      rest = rest.slice(1);
      if (next === '}') break;
      if (next !== ',') return broken('comma or closing brace expected after a label');
    }
  }
  if (!rest.startsWith(' ')) return broken('one space expected before the value');
  const value = rest.slice(1);
  if (!VALUE.test(value)) return broken(`not one value: ${JSON.stringify(value)}`);
  return { kind: 'sample', name, labels, value };
}

/** The text meant, or undefined when a backslash stands before anything but `allowed`. */
function unescape(text: string, allowed: string): string | undefined {
  const escapes = [...text.matchAll(/\\(.?)/gs)];
  if (escapes.some(([, character = '']) => character === '' || !allowed.includes(character))) return undefined;
  return text.replace(/\\(.)/gs, (_escape, character: string) => ESCAPED.get(character) ?? '');
}

function broken(problem: string): Line {
  return { kind: 'broken', problem };
}
