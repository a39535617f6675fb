import type { Label } from '@redmeter/metric-format';
import { labelNameText, seriesText } from '@redmeter/metric-reader';
import { renamed, type BlockCodec, type Renaming } from './block-codec.js';

const NAME = /(?:([a-zA-Z_:][a-zA-Z0-9_:]*)|\{"((?:[^"\\]|\\.)*)")/sy;
const LABEL = /[{,]?(?:([a-zA-Z_][a-zA-Z0-9_]*)|"((?:[^"\\]|\\.)*)")="((?:[^"\\]|\\.)*)"/sy;
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

/** A line taken apart. */
interface Line {
  readonly name: string;
  /** Values as they are written. */
  readonly labels: readonly Label[];
  /** What stands after the series: its value, and an exemplar. */
  readonly rest: string;
}

/** Series as lines of both text formats. */
export const lineCodec: BlockCodec = {
  encoding: 'utf8',
  labelsOf: (block) =>
    parseLine(block)
      .labels.filter(([name]) => name !== 'le')
      .map(([name, value]): Label => [name, unescaped(value)]),
  rename: (block, names) =>
    block
      .split('\n')
      .map((line) => (line === '' ? line : renameLine(line, names)))
      .join('\n'),
};

function renameLine(line: string, { metric, label }: Renaming): string {
  const { name, labels, rest } = parseLine(line);
  const texts = renamed(labels, label).map(([one, value]) => `${labelNameText(one)}="${value}"`);
  return seriesText(metric(name), texts.join(',')) + rest;
}

function parseLine(line: string): Line {
  const [start, plain, quoted = ''] = matchAt(NAME, line, 0) ?? [''];
  const { labels, end } = parseLabels(line, start.length);
  return { name: plain ?? unescaped(quoted), labels, rest: line.slice(line[end] === '}' ? end + 1 : end) };
}

function parseLabels(line: string, start: number): { readonly labels: Label[]; readonly end: number } {
  const labels: Label[] = [];
  let end = start;
  for (;;) {
    const found = matchAt(LABEL, line, end);
    if (found === null) return { labels, end };
    const [text, plain, quoted = '', value = ''] = found;
    labels.push([plain ?? unescaped(quoted), value]);
    end += text.length;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\./g, (escape) => ESCAPES[escape] ?? escape) : text;
}
