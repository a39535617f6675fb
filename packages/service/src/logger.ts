/** The service's log: one line for each change of state, none for a request. */
export type Logger = {
  readonly info: (message: string) => void;
  readonly error: (message: string) => void;
};
