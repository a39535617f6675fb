import { describe, expect, it } from '@jest/globals';
import { experimentJsonSchema } from '../../src/spec/json-schema.js';
import { TASK_NAMES } from '../../src/spec/task-kinds.js';

describe('the JSON Schema of an experiment', () => {
  const text = JSON.stringify(experimentJsonSchema());

  it('knows every task by every name', () => {
    for (const name of TASK_NAMES) expect(text).toContain(`"${name}"`);
  });

  it('describes fields as an author writes them', () => {
    // A duration is validated into a number; an editor must still ask for text.
    expect(text).toMatch(/"duration":\{[^{}]*"type":"string"/);
    expect(text).toContain('Requests per second, over all connections');
  });
});
