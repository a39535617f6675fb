/** How many slots a Redis Cluster has. */
export const HASH_SLOTS = 16_384;

// CRC-16/XMODEM: polynomial 0x1021, not reflected, beginning with 0; see the Redis Cluster specification, appendix A.
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
  return crc;
});

/**
 * The slot in which Redis Cluster keeps a key: of what stands between the first `{` and the first `}` after it, unless
 * nothing does, else of the whole key.
 * @param key the key's bytes, one a character
 */
export function hashSlot(key: string): number {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open);
  const [start, end] = close > open + 1 ? [open + 1, close] : [0, key.length];
  let crc = 0;
  for (let i = start; i < end; i += 1) {
    crc = ((crc << 8) & 0xffff) ^ (TABLE[((crc >>> 8) ^ key.charCodeAt(i)) & 0xff] ?? 0);
  }
  return crc % HASH_SLOTS;
}
