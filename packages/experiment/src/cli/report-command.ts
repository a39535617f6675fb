import { resolve } from 'node:path';
import { textReport } from '../report/text-report.js';
import { EXIT_CODE, type CommandEnvironment, type ExitCode } from './command-environment.js';
import { readResult } from './experiment-files.js';

/** The flags of `redmeter report`. */
export type ReportOptions = { readonly runDir: string; readonly output: string; readonly json?: boolean };

/** The forms a report can take. */
export const REPORT_FORMS = ['text'] as const;

/** Prints a report of the result of a folder. */
export async function reportCommand(options: ReportOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const result = await readResult(resolve(environment.workingFolder, options.runDir));
  environment.writeOut(options.json === true ? `${JSON.stringify(result, undefined, 2)}\n` : textReport(result));
  return EXIT_CODE.holds;
}
