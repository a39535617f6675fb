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
      : reportText(options.output, result, result.specText === undefined ? await readSpecText(folder) : undefined),
  );
  return EXIT_CODE.holds;
}

/** A report of a result. @param presentSpec The experiment.yaml beside a result that does not hold its own. */
export function reportText(form: ReportOptions['output'], result: ExperimentResult, presentSpec?: string): string {
  switch (form) {
    case 'text':
      return textReport(result);
    case 'html':
      return htmlReport(result, presentSpec);
    case 'markdown':
      return markdownReport(result);
    case 'junit':
      return junitReport(result);
  }
}
