import { expect, it } from '@jest/globals';
import { estimateWarning } from '../../src/spec/judge-slos.js';
import type { TaskSpec } from '@redmeter/experiment';

const assess = (upper: Extract<TaskSpec, { kind: 'assess' }>['with']['SLOs']): TaskSpec => ({
  kind: 'assess',
  name: 'assess',
  with: { SLOs: upper },
});

it('warns in one line of SLOs whose estimate decides, each metric once, and of no others', () => {
  const tasks = [
    assess({ upper: [{ metric: 'http/error-rate', limit: 0.01 }], lower: [{ metric: 'a/b', limit: 1 }] }),
    assess([{ metric: 'http/error-rate', upperLimit: 0.02, lowerLimit: 0 }]),
    assess({ upper: [{ metric: 'sure', limit: 1, confidence: 0.9 }] }),
    assess({ upper: [{ metric: 'compared', against: 'baseline', worse: '5%' }] }),
  ];
  expect(estimateWarning(tasks)).toBe(
    'without confidence the estimate of each look decides, and chance can pass a bad version or fail a good one: http/error-rate, a/b',
  );
  expect(estimateWarning(tasks.slice(2))).toBeUndefined();
  expect(estimateWarning([])).toBeUndefined();
});
