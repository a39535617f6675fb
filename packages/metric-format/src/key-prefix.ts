const PREFIX = /^[A-Za-z0-9_.-]+$/;

/** What a key prefix must be, in words, for errors about one that is not. */
export const KEY_PREFIX_RULE = 'letters, digits, "_", "." and "-", and not ending in "-meta"';

/**
 * Whether `text` may stand before the first colon of series keys. Nothing that a pattern of SCAN or an ACL would take
 * for a wildcard; and under `x-meta` the series would lie among the internal keys of the prefix `x`.
 */
export function isKeyPrefix(text: string): boolean {
  return PREFIX.test(text) && !text.endsWith('-meta');
}
