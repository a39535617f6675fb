const POLL_INTERVAL_MS = 20;

/**
 * Reads until what is read is as wanted.
 * @throws Error with what was read last, when `timeoutMs` (default 60,000) are over
 */
export async function poll<T>(read: () => Promise<T>, isWanted: (value: T) => boolean, timeoutMs = 60_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (isWanted(value)) return value;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms; the last was ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
}
