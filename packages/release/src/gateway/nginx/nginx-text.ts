/** A text as one word of a configuration of nginx, whatever is in it. Never for what nginx expands variables in. */
export function quoted(text: string): string {
  if (/[\p{Cc}\p{Cs}]/u.test(text)) throw new Error('expected a string without control characters');
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** A regular expression that matches this text and no other part of a longer one. */
export function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|#\s-]/g, (character) => `\\x{${character.codePointAt(0)?.toString(16) ?? ''}}`);
}

/** A directive with a block of lines. */
export function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((line) => `  ${line}`), '}'];
}
