/** Commands to Redis and their replies: one reply for each command, bulk strings as bytes. */
export interface RedisConnection {
  /**
   * Sends one command; commands sent without waiting go in one round trip.
   * @throws RedisReplyError where Redis answers with an error, any other error where it does not answer
   */
  send(command: string, ...args: (string | Buffer | number)[]): Promise<unknown>;
  /** The same with bulk strings as text, several times cheaper; bytes that are not UTF-8 become U+FFFD. */
  sendForText(command: string, ...args: (string | Buffer | number)[]): Promise<unknown>;
  /** Counts up with each new connection: what was known may not be so on the server behind the new one. */
  readonly epoch: number;
  /** Whether commands can be sent; else each fails at once. */
  readonly isReady: boolean;
  /** Milliseconds for which Redis has kept silent while an answer is due; undefined when none is. */
  quietMs(): number | undefined;
  /** Gives the connection up for a new one: commands under way fail, and so do others until it stands. */
  cut(why: string): void;
}

/** Redis answered with an error. */
export class RedisReplyError extends Error {
  /** The first word of the answer: `WRONGTYPE`, `NOPERM`, … */
  readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RedisReplyError';
    this.code = /^[A-Z]+/.exec(message)?.[0] ?? 'ERR';
  }
}
