import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { parseExperiment } from '../../../src/spec/experiment-spec.js';
import { experimentJsonSchema } from '../../../src/spec/json-schema.js';
import { TASK_KINDS } from '../../../src/spec/task-kinds.js';

const packageFolder = resolve(__dirname, '../../..');
const root = resolve(packageFolder, '../..');
const pages = readdirSync(join(root, 'docs/experiments')).map((name) => join('docs/experiments', name));
const documents = ['docs/experiments.md', 'packages/experiment/README.md', ...pages];
const reference = readFileSync(join(root, 'docs/experiments/reference.md'), 'utf8');

/** The section of the reference whose heading holds all of these names, up to the next heading that is not below it. */
function sectionOn(names: readonly string[]): string {
  const headings = [...reference.matchAll(/^(#+) (.*)$/gm)];
  const heading = headings.find(([, , title = '']) => names.every((name) => title.includes(`\`${name}\``)));
  if (heading === undefined) throw new Error(`expected a heading with ${names.join(', ')}, found none`);
  const [, level = ''] = heading;
  const next = headings.find(({ index, 1: other = '' }) => index > heading.index && other.length <= level.length);
  return reference.slice(heading.index + heading[0].length, next?.index);
}

/** The names of all fields of a JSON Schema, those of its parts too. */
function fieldsOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {}, items, additionalProperties, anyOf = [] } = schema as z.core.JSONSchema.BaseSchema;
  return [
    ...Object.keys(properties),
    ...[...Object.values(properties), items, additionalProperties, ...anyOf].flatMap(fieldsOf),
  ];
}

describe('what is published about the spec', () => {
  it('as JSON Schema matches the validators; otherwise run `npm run generate`', () => {
    const published: unknown = JSON.parse(
      readFileSync(resolve(packageFolder, 'schema/experiment.schema.json'), 'utf8'),
    );
    expect(published).toEqual(JSON.parse(JSON.stringify(experimentJsonSchema())));
  });

  it.each(Object.entries(TASK_KINDS))(
    'in the reference names every field of %s, in its section',
    (_kind, definition) => {
      const text = sectionOn(definition.names);
      const fields = new Set(fieldsOf(z.toJSONSchema(definition.schema, { io: 'input', reused: 'inline' })));
      expect(fields.size).toBeGreaterThan(0);
      expect([...fields].filter((name) => !new RegExp(`[\`\\s{.]${name}[\`:,]`).test(text))).toEqual([]);
    },
  );

  it('in the reference has tables that `npm run generate` made from the JSON Schema', () => {
    const check = spawnSync(process.execPath, [join(root, 'scripts/generate-reference.mjs'), '--check'], {
      encoding: 'utf8',
    });
    expect([check.status, check.stderr]).toEqual([0, '']);
  });

  it('explains every field', () => {
    const empty = [...reference.matchAll(/^\| (`[^|]+`) +\| [^|]+\| [^|]*\| +\|$/gm)].map(([, field]) => field);
    expect(empty).toEqual([]);
  });

  it('in the documents shows experiments that are right', () => {
    const blocks = documents.flatMap((name) =>
      [...readFileSync(join(root, name), 'utf8').matchAll(/^( *)```yaml\n([^]*?)^\1```$/gm)].map(
        ([, indent = '', block = '']) => ({ name, text: block.replace(new RegExp(`^${indent}`, 'gm'), '') }),
      ),
    );
    const experiments = blocks.flatMap(({ name, text }) =>
      parseAllDocuments(text).flatMap((document) => {
        const value = document.toJS() as { data?: Record<string, string> } | unknown[] | null;
        const found = Array.isArray(value) ? text : value?.data?.['experiment.yaml'];
        return found === undefined ? [] : [{ name, text: found }];
      }),
    );
    expect(experiments.length).toBeGreaterThanOrEqual(7);
    for (const { name, text } of experiments) {
      const place = `${name}, ${text.split('\n')[0] ?? ''}`;
      expect(parseExperiment(text, place).tasks).toHaveLength((parse(text) as unknown[]).length);
    }
  });
});
