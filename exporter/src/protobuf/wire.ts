// The wire format of Protocol Buffers, as far as metrics need it. Bytes are strings of one character a byte, like keys: a piece of an
// answer writes them as it writes lines. protobufjs, which reads OTLP, takes 1.4 to 1.8 times as long for the same bytes (`npm run bench --
// protobuf`), and it writes a message whole: here the value of a series takes the place of the last one, and its labels stay as they are.

/** Tags: the number of a field and the kind of its value. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2 } as const;

const SMALL = Array.from({ length: 0x80 }, (_, n) => String.fromCharCode(n));
const scratch = Buffer.alloc(8);
const NOT_ASCII = /[^\0-\x7f]/;

/** The tag of a field. */
export function tag(field: number, kind: keyof typeof WIRE): string {
  return varint(field * 8 + WIRE[kind]);
}

/** A whole number from 0 to 2^53, seven bits a byte. */
export function varint(value: number): string {
  if (value < 0x80) return SMALL[value] ?? '';
  let text = '';
  let left = value;
  while (left >= 0x80) {
    text += String.fromCharCode((left % 0x80) | 0x80);
    left = Math.floor(left / 0x80);
  }
  return text + (SMALL[left] ?? '');
}

/** A whole number of either sign, as sint32 and sint64 have it: 0, -1, 1, -2, … are 0, 1, 2, 3, … */
export function zigzag(value: number): string {
  const magnitude = value < 0 ? -value - 1 : value;
  const sign = value < 0 ? 1 : 0;
  if (magnitude < 0x40) return SMALL[magnitude * 2 + sign] ?? '';
  // Twice the number could be more than a double has exactly, so its last bits go first.
  return String.fromCharCode((magnitude % 0x40) * 2 + sign + 0x80) + varint(Math.floor(magnitude / 0x40));
}

/** The eight bytes of a double. */
export function double(value: number): string {
  scratch.writeDoubleLE(value);
  return scratch.toString('latin1', 0, 8);
}

/** The bytes of a text in UTF-8. */
export function utf8(text: string): string {
  return NOT_ASCII.test(text) ? Buffer.from(text).toString('latin1') : text;
}

/** Some bytes after their length. */
export function counted(bytes: string): string {
  return varint(bytes.length) + bytes;
}

/** Reads a varint of at most 53 bits. */
export function readVarint(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let end = at;
  for (let shift = 1; ; shift *= 0x80) {
    const byte = bytes[end] ?? 0;
    end += 1;
    value += (byte & 0x7f) * shift;
    if (byte < 0x80) return { value, end };
  }
}
