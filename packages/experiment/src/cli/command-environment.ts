/** What commands reach the process through. */
export type CommandEnvironment = {
  readonly workingFolder: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Whether standard error is a terminal, on which progress can be drawn. */
  readonly isErrorTerminal: boolean;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
};

/** How a command ends, for the shell. */
export const EXIT_CODE = {
  holds: 0,
  assertionFails: 1,
  usage: 2,
  runFailed: 3,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE];
