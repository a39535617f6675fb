import { MAX_JSON_DEPTH } from './limits.js';

/** JSON read at the border: its value, or that it is none. */
export type ParsedJson = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

const INVALID: ParsedJson = { ok: false };

/**
 * Reads JSON (RFC 8259), with two limits that readers in every language keep alike: nesting no deeper than
 * MAX_JSON_DEPTH, and no lone surrogate (`"\ud800"`), which is no text.
 */
export function parseJson(text: string): ParsedJson {
  if (nestingDepth(text) > MAX_JSON_DEPTH) return INVALID;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return INVALID;
    throw error;
  }
  if (text.includes('\\u') && hasLoneSurrogate(text)) return INVALID;
  return { ok: true, value };
}

// A pair of escaped surrogates, a surrogate that is not the first of one, any other escape.
const ESCAPES = /\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)/g;

/** @param text valid JSON: its escapes are whole. Characters past the BMP that stand unescaped are whole, too. */
function hasLoneSurrogate(text: string): boolean {
  for (const [, lone] of text.matchAll(ESCAPES)) {
    if (lone !== undefined) return true;
  }
  return false;
}

function nestingDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i];
    if (quoted) {
      if (character === '\\') i += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{' || character === '[') deepest = Math.max(deepest, (depth += 1));
    else if (character === '}' || character === ']') depth -= 1;
  }
  return deepest;
}

/** A JSON object, its fields yet unread. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object, neither an array nor null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
