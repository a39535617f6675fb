import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { parseExperiment } from '../../src/spec/experiment-spec.js';
import { experimentJsonSchema } from '../../src/spec/json-schema.js';
import { TASK_KINDS } from '../../src/spec/task-kinds.js';

const packageFolder = resolve(__dirname, '../..');
const manual = readFileSync(resolve(packageFolder, '../../docs/experiments.md'), 'utf8');

/** The section of the manual whose heading holds all of these names, up to the next heading that is not below it. */
function sectionOn(names: readonly string[]): string {
  const headings = [...manual.matchAll(/^(#+) (.*)$/gm)];
  const heading = headings.find(([, , title = '']) => names.every((name) => title.includes(`\`${name}\``)));
  if (heading === undefined) throw new Error(`expected a heading with ${names.join(', ')}, found none`);
  const [, level = ''] = heading;
  const next = headings.find(({ index, 1: other = '' }) => index > heading.index && other.length <= level.length);
  return manual.slice(heading.index + heading[0].length, next?.index);
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
  it('as JSON Schema is what the validators say: else `npm run generate` writes it anew', () => {
    const published: unknown = JSON.parse(
      readFileSync(resolve(packageFolder, 'schema/experiment.schema.json'), 'utf8'),
    );
    expect(published).toEqual(JSON.parse(JSON.stringify(experimentJsonSchema())));
  });

  it.each(Object.entries(TASK_KINDS))('in the manual names every field of %s, in its section', (_kind, definition) => {
    const text = sectionOn(definition.names);
    const fields = new Set(fieldsOf(z.toJSONSchema(definition.schema, { io: 'input', reused: 'inline' })));
    expect(fields.size).toBeGreaterThan(0);
    expect([...fields].filter((name) => !new RegExp(`[\`\\s{]${name}[\`:,]`).test(text))).toEqual([]);
  });

  it('in the manual shows experiments that are right', () => {
    const blocks = [...manual.matchAll(/^( *)```yaml\n([^]*?)^\1```$/gm)].map(([, indent = '', block = '']) =>
      block.replace(new RegExp(`^${indent}`, 'gm'), ''),
    );
    const inConfigMaps = blocks.flatMap((block) =>
      parseAllDocuments(block).flatMap((document) => {
        const { data } = document.toJS() as { data?: Record<string, string> };
        return data?.['experiment.yaml'] ?? [];
      }),
    );
    const experiments = [
      ...blocks.filter((block) => Array.isArray(parseAllDocuments(block)[0]?.toJS())),
      ...inConfigMaps,
    ];
    expect(experiments.length).toBeGreaterThanOrEqual(5);
    for (const text of experiments) {
      const place = `the manual, ${text.split('\n')[0] ?? ''}`;
      expect(parseExperiment(text, place).tasks).toHaveLength((parse(text) as unknown[]).length);
    }
  });
});
