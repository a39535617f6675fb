import { MAX_EXEMPLARS, parseExemplars, type MetricType } from '@redmeter/metric-format';
import { shortened } from '../protocol/read-answers.js';
import type { Finding } from '../requirement.js';
import { isFinite } from './json-fields.js';

/** What is wrong with the exemplars of an operation. */
export function* checkExemplars(
  type: MetricType,
  { exemplar, exemplars }: Readonly<Record<string, unknown>>,
): Generator<Finding> {
  const given = type === 'counter' ? exemplar : exemplars;
  if (given === undefined || given === null) return;
  const list: unknown[] = type === 'counter' ? [given] : Array.isArray(given) ? given : [undefined];
  if (list.length > MAX_EXEMPLARS) {
    yield { requirements: ['W-64'], expected: `at most ${MAX_EXEMPLARS} exemplars`, got: String(list.length) };
  }
  for (const each of list) {
    const got = shortened(JSON.stringify(each));
    // What readers leave out is none.
    if (parseExemplars([each], 1).length === 0) {
      yield { requirements: ['W-61'], expected: 'an exemplar with labels of at most 128 characters and a value', got };
    } else if (!isAge((each as { readonly age?: unknown }).age)) {
      yield { requirements: ['W-64'], expected: 'an exemplar with an "age" of at least 0 ms', got };
    }
  }
}

function isAge(age: unknown): boolean {
  return isFinite(age) && age >= 0;
}
