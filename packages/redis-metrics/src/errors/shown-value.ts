const MAX_CHARACTERS = 80;
// Line breaks and invisible characters that JSON.stringify does not escape.
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * Formats a value of the application for a log line: at most about 80 characters in one line. Numbers and strings appear as in
 * JavaScript, anything else as its type.
 */
export function shownValue(value: unknown): string {
  switch (typeof value) {
    case 'string': {
      const start = JSON.stringify(value.slice(0, MAX_CHARACTERS)).replace(INVISIBLE, escaped);
      const shown = start.length > 2 * MAX_CHARACTERS ? start.slice(0, 2 * MAX_CHARACTERS) : start;
      return shown.length < start.length || value.length > MAX_CHARACTERS ? `${shown}…` : shown;
    }
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return 'a bigint';
    case 'object':
      return value === null ? 'null' : isArray(value) ? 'an array' : 'an object';
    default:
      return `a ${typeof value}`;
  }
}

/** Array.isArray throws on a revoked proxy. */
function isArray(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** Formats at most ten values. */
export function shownList(values: readonly unknown[]): string {
  const shown = values.slice(0, 10).map(shownValue).join(', ');
  return values.length > 10 ? `${shown}, …` : shown;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
