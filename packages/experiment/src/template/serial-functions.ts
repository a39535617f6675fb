import { parse, stringify } from 'yaml';
import { messageOf } from '../experiment-error.js';
import { TemplateError } from './template-error.js';
import { fixed, type FunctionTable } from './template-function.js';
import { textOf } from './template-value.js';

/** Values as text and back. */
export const SERIAL_FUNCTIONS: FunctionTable = [
  ['toJson', fixed(1, ([value]) => JSON.stringify(value ?? null))],
  ['mustToJson', fixed(1, ([value]) => JSON.stringify(value ?? null))],
  ['toRawJson', fixed(1, ([value]) => JSON.stringify(value ?? null))],
  ['toPrettyJson', fixed(1, ([value]) => JSON.stringify(value ?? null, undefined, 2))],
  ['fromJson', fixed(1, ([text], { line }) => fromJson(textOf(text), line))],
  ['mustFromJson', fixed(1, ([text], { line }) => fromJson(textOf(text), line))],
  [
    'toYaml',
    fixed(1, ([value]) =>
      stringify(value ?? null, { lineWidth: 0, aliasDuplicateObjects: false, sortMapEntries: true }).trimEnd(),
    ),
  ],
  ['fromYaml', fixed(1, ([text], { line }) => fromYaml(textOf(text), line))],
];

function fromJson(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TemplateError(line, `expected JSON, got ${messageOf(error)}`);
  }
}

function fromYaml(text: string, line: number): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw new TemplateError(line, `expected YAML without aliases, got ${messageOf(error).split('\n')[0] ?? ''}`);
  }
}
