import { COLLECTION_FUNCTIONS } from './collection-functions.js';
import { LOGIC_FUNCTIONS } from './logic-functions.js';
import { NUMBER_FUNCTIONS } from './number-functions.js';
import { REGEX_FUNCTIONS } from './regex-functions.js';
import { SERIAL_FUNCTIONS } from './serial-functions.js';
import { TEXT_FUNCTIONS } from './text-functions.js';
import type { TemplateFunction } from './template-function.js';

export type { CallContext } from './template-function.js';

/** Every function that a template may call, by name: those of Go's text/template, and of sprig those that touch neither files nor the environment. */
export const TEMPLATE_FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map([
  ...LOGIC_FUNCTIONS,
  ...TEXT_FUNCTIONS,
  ...NUMBER_FUNCTIONS,
  ...COLLECTION_FUNCTIONS,
  ...SERIAL_FUNCTIONS,
  ...REGEX_FUNCTIONS,
]);
