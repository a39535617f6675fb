import { resolve } from 'node:path';
import { htmlReport } from '../report/html-report.js';
import { junitReport } from '../report/junit-report.js';
import { markdownReport } from '../report/markdown-report.js';
import { textReport } from '../report/text-report.js';
import type { ExperimentResult } from '../result/experiment-result.js';
import { EXIT_CODE, type CommandEnvironment, type ExitCode } from './command-environment.js';
import { readResult, readSpecText } from './experiment-files.js';
import type { REPORT_FORMS } from './report-forms.js';

/** The flags of `redmeter report`. */
export type ReportOptions = {
  readonly runDir: string;
  readonly output: (typeof REPORT_FORMS)[number];
  readonly json?: boolean;
};

/** Prints a report of the result of a folder. */
export async function reportCommand(options: ReportOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const folder = resolve(environment.workingFolder, options.runDir);
  const result = await readResult(folder);
  environment.writeOut(
    options.json === true
      ? `${JSON.stringify(result, undefined, 2)}\n`
      : await reportText(options.output, result, folder),
  );
  return EXIT_CODE.holds;
}

async function reportText(form: ReportOptions['output'], result: ExperimentResult, folder: string): Promise<string> {
  switch (form) {
    case 'text':
      return textReport(result);
    case 'html':
      return htmlReport(result, result.specText === undefined ? await readSpecText(folder) : undefined);
    case 'markdown':
      return markdownReport(result);
    case 'junit':
      return junitReport(result);
  }
}
