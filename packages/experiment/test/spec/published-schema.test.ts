import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fieldsAt, experimentJsonSchema } from '../../src/spec/json-schema.js';
import { TASK_KINDS, TASK_NAMES } from '../../src/spec/task-kinds.js';

const packageFolder = resolve(__dirname, '../..');

describe('what is published about the spec', () => {
  it('as JSON Schema is what the validators say', () => {
    const published: unknown = JSON.parse(
      readFileSync(resolve(packageFolder, 'schema/experiment.schema.json'), 'utf8'),
    );
    expect(published).toEqual(JSON.parse(JSON.stringify(experimentJsonSchema())));
  });

  it('in the documents names every task and every field', () => {
    const text = readFileSync(resolve(packageFolder, '../../docs/experiments.md'), 'utf8');
    const fields = Object.values(TASK_KINDS).flatMap(({ schema }) => fieldsAt(schema, []));
    const missing = [...TASK_NAMES, ...fields].filter((name) => !new RegExp(`[\`\\s]${name}[\`:,]`).test(text));
    expect(missing).toEqual([]);
  });
});
