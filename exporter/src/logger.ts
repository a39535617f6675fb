/** The exporter's log: one line for each change of state, none for a scrape. */
export interface Logger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
