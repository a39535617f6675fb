import { decodeUtf8 } from './utf8.js';

// Separators of the key, what Redis Cluster hashes by, what redis-cli would quote, and control characters.
const ENCODED = /[%:,={}"\\\p{Cc}]/gu;
const ESCAPE = /%([0-9a-fA-F]{2})/g;

/** A label value as it stands in a key: UTF-8, with separators and control characters percent-encoded. */
export function encodeLabelValue(value: string): string {
  return value.replace(ENCODED, (character) => {
    const hex = Buffer.from(character, 'utf8').toString('hex').toUpperCase();
    return hex.replace(/../g, '%$&');
  });
}

/**
 * A label value read from a key. A broken escape is kept as it stands.
 * @param encoded the bytes of the value, one a character (latin1)
 * @returns its text and its length in bytes; `text` is undefined when the bytes are not UTF-8
 */
export function decodeLabelValue(encoded: string): { readonly text: string | undefined; readonly byteLength: number } {
  const bytes = encoded.includes('%')
    ? encoded.replace(ESCAPE, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : encoded;
  const ascii = !/[\u0080-\u00ff]/.test(bytes);
  return { text: ascii ? bytes : decodeUtf8(Buffer.from(bytes, 'latin1')), byteLength: bytes.length };
}
