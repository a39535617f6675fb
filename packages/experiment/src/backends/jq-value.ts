import { raw } from 'jq-wasm';
import { OBSERVED_FORMS, readObservedMetric, type ObservedMetric } from './observed-metric.js';

/** What a jq expression finds in JSON: a number, or the observations behind one; or why there is neither. */
export type JqValue =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'observed'; readonly observed: ObservedMetric }
  | { readonly kind: 'failed'; readonly reason: string };

/** Evaluates a jq expression, which must give one finite number, a text that is one, or an object with observations. */
export async function jqValue(json: string, expression: string): Promise<JqValue> {
  try {
    JSON.parse(json);
  } catch {
    // Report that it could not be parsed, but do not show it: it may be a page of HTML.
    return { kind: 'failed', reason: `expected JSON, got ${json.trim() === '' ? 'nothing' : 'something else'}` };
  }
  const { stdout, stderr, exitCode } = await raw(json, expression, ['-c']);
  if (exitCode !== 0 || stderr !== '') {
    // A value that jq shows the beginning of may be a secret, of which only the whole is known for one.
    const [problem = 'an error'] = stderr
      .trim()
      .replace(/ \(["{[].*\.\.\.\)/, '')
      .split('\n');
    return { kind: 'failed', reason: `expected jq to evaluate ${expression}, got ${problem}` };
  }
  const outputs = stdout.split('\n').filter((line) => line !== '');
  const [output] = outputs;
  if (output === undefined || outputs.length > 1) {
    return { kind: 'failed', reason: `expected one number from ${expression}, got ${outputs.length} values` };
  }
  const found: unknown = JSON.parse(output);
  const value = typeof found === 'string' && found.trim() !== '' ? Number(found) : found;
  if (typeof value === 'number' && Number.isFinite(value)) return { kind: 'value', value };
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const observed = readObservedMetric(value);
    if (observed !== undefined) return { kind: 'observed', observed };
    return {
      kind: 'failed',
      reason: `expected a number or ${OBSERVED_FORMS} from ${expression}, got an object of another form`,
    };
  }
  return {
    kind: 'failed',
    reason: `expected a number from ${expression}, got ${output.length > 60 ? `${output.length} characters of JSON` : output}`,
  };
}
