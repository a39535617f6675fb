declare module 'snappyjs' {
  /** Compresses to the block format of Snappy. */
  export function compress(data: Uint8Array): Uint8Array;
  /** Reads the block format of Snappy. */
  export function uncompress(data: Uint8Array): Uint8Array;
}
