import { resultLine, summaryLine, isConforming } from '../report/text-report.js';
import { runCases } from '../run-cases.js';
import { readCommandLine, USAGE } from './options.js';

/** Where the command writes. */
export interface CommandOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/**
 * Runs the command line.
 * @param scriptPath the file of the merge script
 * @returns the exit code
 */
export async function runCommand(args: readonly string[], scriptPath: string, output: CommandOutput): Promise<number> {
  const request = readCommandLine(args);
  switch (request.kind) {
    case 'help':
      output.out(USAGE);
      return 0;
    case 'list':
      for (const { name, requirements } of request.cases) output.out(`${name}: ${requirements.join(', ')}\n`);
      return 0;
    case 'wrong':
      output.err(`conformance: ${request.problem}; see --help\n`);
      return 2;
    case 'run': {
      const { cases, command, isJson, timeoutMs } = request;
      try {
        const result = await runCases(cases, { command, scriptPath, timeoutMs }, (ended) => {
          if (!isJson) output.out(`${resultLine(ended, cases)}\n`);
        });
        const conforms = isConforming(result.results);
        output.out(isJson ? `${JSON.stringify({ conforms, ...result }, null, 2)}\n` : `\n${summaryLine(result)}\n`);
        return conforms ? 0 : 1;
      } catch (error) {
        output.err(`conformance: ${error instanceof Error ? error.message : String(error)}\n`);
        return 2;
      }
    }
  }
}
