import { stringify } from 'yaml';
import { z } from 'zod';
import { ExperimentError } from '../experiment-error.js';
import type { ExperimentResult } from '../result/experiment-result.js';
import { fieldNamed } from './field-case.js';
import { iter8CaseProblems } from './iter8-case.js';
import { readIter8Result } from './iter8-result.js';
import { packBuckets } from './packed-buckets.js';
import { resultSchema } from './result-schema.js';
import { describeProblem, problemsOf } from './schema-problems.js';
import { parseSource, type FieldPath, type SourceDocument } from './source-document.js';

/** The version of the layout of results, under `redmeter:` in the file. */
const RESULT_FORMAT = 1;

// Another layout may look the same and mean something else.
const formatSchema = z.object({ redmeter: z.object({ resultFormat: z.literal(RESULT_FORMAT) }) });

// Other lists of that name may come, with other fields.
const bucketsSchema = z.array(z.strictObject({ index: z.int(), count: z.int() }));

/** A result as the text of `result.yaml`. */
export function formatResult(result: ExperimentResult): string {
  return stringify(
    { redmeter: { resultFormat: RESULT_FORMAT }, ...result },
    // One line of buckets, not thousands.
    (key, value: unknown) => (key === 'buckets' ? packed(value) : value),
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

function packed(value: unknown): unknown {
  const buckets = bucketsSchema.safeParse(value);
  return buckets.success ? packBuckets(buckets.data) : value;
}

/**
 * Reads a result: ours, or one that Iter8 wrote (0.8, 0.10, 0.13).
 *
 * @throws ExperimentError `invalid_result` naming file, line and what was expected; `invalid_spec` when it is not YAML.
 */
export function parseResult(text: string, file: string): ExperimentResult {
  const source = parseSource(text, file);
  return readResult(source, [], source.value);
}

/** Reads the `result` next to `spec` in one file; undefined if there is none. Errors as `parseResult`. */
export function parseEmbeddedResult(text: string, file: string): ExperimentResult | undefined {
  const source = parseSource(text, file);
  const result = fieldNamed(source.value, 'result');
  return result === null || result === undefined ? undefined : readResult(source, ['result'], result);
}

function readResult(source: SourceDocument, path: FieldPath, value: unknown): ExperimentResult {
  if (typeof value === 'object' && value !== null && 'redmeter' in value) {
    const format = formatSchema.safeParse(value);
    if (!format.success) throw brokenResult(source, path, format.error);
    const parsed = resultSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw brokenResult(source, path, parsed.error);
  }
  const problems = iter8CaseProblems(source, path, value);
  if (problems.length > 0) throw new ExperimentError('invalid_result', problems.map(describeProblem).join('\n'));
  const foreign = readIter8Result(value);
  if (foreign !== undefined) return foreign;
  throw new ExperimentError(
    'invalid_result',
    `${source.file}: expected a result of redmeter or Iter8 (numCompletedTasks, failure, insights), got something else; run the experiment again`,
  );
}

function brokenResult(source: SourceDocument, path: FieldPath, error: z.ZodError): ExperimentError {
  const problems = problemsOf(source, path, error, () => []);
  return new ExperimentError('invalid_result', problems.map(describeProblem).join('\n'));
}
