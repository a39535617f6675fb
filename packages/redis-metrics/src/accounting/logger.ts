/** Where the library says what an operator must know; `console` is one. */
export interface Logger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** The same logger, but for what it throws: recording and flushing tell it things, and must not fail by that. */
export function unfailing(logger: Logger): Logger {
  const tell = (level: keyof Logger) => (message: string) => {
    try {
      logger[level](message);
    } catch {
      // There is nowhere else to say that nothing can be said.
    }
  };
  return { info: tell('info'), warn: tell('warn'), error: tell('error') };
}
