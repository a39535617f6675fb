import { crc32 } from 'node:zlib';

/** Rows that are not those that were written. */
export class DamagedRow extends Error {
  override readonly name = 'DamagedRow';
}

/** The CRC-32 of the values of a row. */
export function checksumOf(values: readonly string[]): number {
  return crc32(JSON.stringify(values));
}
