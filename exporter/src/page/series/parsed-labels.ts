import type { LabelPair } from '../../../page/src/protocol.js';

const LABEL = /(?:([a-zA-Z_][a-zA-Z0-9_]*)|"((?:[^"\\]|\\.)*)")="((?:[^"\\]|\\.)*)",?/gsy;
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

/** Parses the text between the braces of a sample. */
export function parseLabelText(text: string): LabelPair[] {
  return Array.from(text.matchAll(LABEL), ([, name, quoted = '', value = '']) => [
    name ?? unescaped(quoted),
    unescaped(value),
  ]);
}

function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\./g, (escape) => ESCAPES[escape] ?? escape) : text;
}
