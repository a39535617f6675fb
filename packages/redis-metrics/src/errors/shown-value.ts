const MOST_CHARACTERS = 80;
// What would end a line of a log, or hide in it; JSON has escaped the rest.
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * A value that the application gave, as it may stand in a log line: one line, of about 80 characters at most, numbers and texts
 * as they are written in JavaScript, of anything else only what it is.
 */
export function shownValue(value: unknown): string {
  switch (typeof value) {
    case 'string': {
      const start = JSON.stringify(value.slice(0, MOST_CHARACTERS)).replace(INVISIBLE, escaped);
      const shown = start.length > 2 * MOST_CHARACTERS ? start.slice(0, 2 * MOST_CHARACTERS) : start;
      return shown.length < start.length || value.length > MOST_CHARACTERS ? `${shown}…` : shown;
    }
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return 'a bigint';
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'an array' : 'an object';
    default:
      return `a ${typeof value}`;
  }
}

/** Texts of the application, at most ten. */
export function shownList(values: readonly unknown[]): string {
  const shown = values.slice(0, 10).map(shownValue).join(', ');
  return values.length > 10 ? `${shown}, …` : shown;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
