import type { TableRow } from './table.js';

/** A stack that is up, however it runs, as `npm start` holds it. */
export interface RunningStack {
  readonly rows: readonly TableRow[];
  /** How to see the logs of the parts, e.g. `Logs: /tmp/redmeter-stack-x/logs`. */
  readonly logsHint: string;
  /** Resolves when a part ends by itself, with a message for people. */
  readonly broken: Promise<string>;
  stop(): Promise<void>;
}
