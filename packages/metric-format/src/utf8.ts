const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text that `bytes` hold, or undefined when they are not UTF-8. A byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch (error) {
    // A fatal decoder has one way to say "not UTF-8"; anything else is a fault of ours.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
