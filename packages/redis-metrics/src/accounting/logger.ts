/** Receives what an operator must know; `console` is one. */
export interface Logger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** The same logger without its errors: recording and flushing call it, and must not fail because of it. */
export function unfailing(logger: Logger): Logger {
  const safely = (level: keyof Logger) => (message: string) => {
    try {
      logger[level](message);
    } catch {
      // There is no other place to report that logging fails.
    }
  };
  return { info: safely('info'), warn: safely('warn'), error: safely('error') };
}
