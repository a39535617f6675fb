import { parseArgs } from 'node:util';
import { ALL_CASES } from '../cases/all-cases.js';
import type { ConformanceCase } from '../cases/conformance-case.js';

const DEFAULT_TIMEOUT_MS = 20_000;

export const USAGE = `Usage: npm run conformance -- [options] -- PROGRAM [ARGUMENTS]

Runs a writer against the specification in packages/redis-metrics/docs/merge-script.md, on a Redis of its own, and
prints a line for each case. PROGRAM answers requests on standard input; docs/conformance.md describes them.

  --only WORDS    only the cases whose name contains WORDS; may be repeated
  --json          print one JSON object instead of lines
  --timeout MS    maximum time for an answer, and for writing what is pending; default ${DEFAULT_TIMEOUT_MS}
  --list          print the names of the cases and what they check
  --help          print this

Exit code: 0 if the writer conforms, 1 if it does not, 2 if it was not run.
`;

/** The parsed command line. */
export type CliRequest =
  | { readonly kind: 'help' }
  | { readonly kind: 'list'; readonly cases: readonly ConformanceCase[] }
  | { readonly kind: 'wrong'; readonly problem: string }
  | {
      readonly kind: 'run';
      readonly cases: readonly ConformanceCase[];
      readonly command: readonly string[];
      readonly isJson: boolean;
      readonly timeoutMs: number;
    };

export function readCommandLine(args: readonly string[]): CliRequest {
  const end = args.indexOf('--');
  const [own, command] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end + 1)];
  let parsed;
  try {
    parsed = parseArgs({
      args: [...own],
      allowPositionals: true,
      options: {
        only: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        timeout: { type: 'string', default: String(DEFAULT_TIMEOUT_MS) },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return { kind: 'wrong', problem: error instanceof Error ? error.message : String(error) };
  }
  const { values, positionals } = parsed;
  if (values.help) return { kind: 'help' };
  const unknown = values.only.find((words) => !ALL_CASES.some(({ name }) => name.includes(words)));
  if (unknown !== undefined) return wrong('--only', 'words of the name of a case (see --list)', unknown);
  const cases = ALL_CASES.filter(({ name }) => {
    return values.only.length === 0 || values.only.some((words) => name.includes(words));
  });
  if (values.list) return { kind: 'list', cases };
  const timeoutMs = Number(values.timeout);
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1) {
    return wrong('--timeout', 'whole milliseconds of at least 1', values.timeout);
  }
  if (positionals.length > 0) return wrong('the writer', 'its program after --', positionals.join(' '));
  if (command.length === 0) return wrong('the writer', 'a program after --', 'none');
  return { kind: 'run', cases, command, isJson: values.json, timeoutMs };
}

function wrong(what: string, expected: string, got: string): CliRequest {
  return { kind: 'wrong', problem: `${what}: expected ${expected}, got ${got}` };
}
