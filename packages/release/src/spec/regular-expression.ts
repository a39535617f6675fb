import { messageOf } from '@redmeter/experiment';
import { RE2JS } from 're2js';

/**
 * What is wrong with a regular expression of a segment. Its syntax is RE2's, which gateways understand in the same way; without
 * named groups, each of which would become a variable of nginx.
 */
export function expressionProblem(text: string): { readonly expected: string; readonly got: string } | undefined {
  try {
    RE2JS.compile(text);
  } catch (error) {
    return { expected: 'a regular expression (RE2)', got: messageOf(error).replaceAll('\n', ' ') };
  }
  if (!/\(\?P?<[A-Za-z_]/.test(text)) return undefined;
  return { expected: 'a regular expression without named groups', got: JSON.stringify(text) };
}
