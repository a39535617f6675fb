import { describe, expect, it } from '@jest/globals';
import { jqValue } from '../../src/backends/jq-value.js';

describe('a jq expression', () => {
  it.each([
    ['{"data":{"result":[{"value":[1,"43"]}]}}', '.data.result[0].value[1] | tonumber', 43],
    ['{"data":{"result":[{"value":[1,"43"]}]}}', '.data.result[0].value[1]', 43],
    ['[{"n":"a","v":1},{"n":"b","v":2.5}]', '.[] | select(.n == "b") | .v', 2.5],
  ])('finds a number in %s', async (json, expression, value) => {
    expect(await jqValue(json, expression)).toEqual({ kind: 'value', value });
  });

  it.each([
    ['', '.', 'expected JSON, got nothing'],
    ['<html>', '.', 'expected JSON, got something else'],
    ['{"a":"NaN"}', '.a', 'expected a number from .a, got "NaN"'],
    ['{"a":"+Inf"}', '.a', 'expected a number from .a, got "+Inf"'],
    ['{"a":null}', '.a', 'expected a number from .a, got null'],
    ['{"a":""}', '.a', 'expected a number from .a, got ""'],
    ['{"a":[1,2]}', '.a[]', 'expected one number from .a[], got 2 values'],
    ['{}', 'empty', 'expected one number from empty, got 0 values'],
    ['{"a":1}', '.a.b', 'expected jq to evaluate .a.b, got jq: error'],
    ['{"a":"b(c...) is not shown in part"}', '.a|tonumber', '(at /dev/stdin:0): string cannot be parsed as a number'],
    [`{"a":"${'b'.repeat(99)}"}`, '.a', 'expected a number from .a, got 101 characters of JSON'],
    ['{}', '.[', 'expected jq to evaluate .[, got jq: error'],
  ])('in %j by %s: %s', async (json, expression, reason) => {
    expect(await jqValue(json, expression)).toEqual({ kind: 'failed', reason: expect.stringContaining(reason) });
  });
});
