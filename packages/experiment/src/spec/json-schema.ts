import { z } from 'zod';
import type { FieldPath } from './source-document.js';
import { TASK_KINDS } from './task-kinds.js';

/** A JSON Schema, or a part of one. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema of a list of tasks. */
export function taskListJsonSchema(): JsonSchema {
  const condition = {
    type: 'string',
    description: 'Runs the task only when this holds: SLOs(), SLOsBy(i), and, or, not.',
  } as const;
  const kinds = Object.values(TASK_KINDS).map(({ names, schema, description }) => {
    // Left out and null are the same as no fields.
    const isOptional = schema.safeParse({}).success;
    const inputs = inputSchema(schema);
    return {
      type: 'object',
      description,
      required: isOptional ? ['task'] : ['task', 'with'],
      additionalProperties: false,
      properties: {
        task: { enum: [...names] },
        if: condition,
        with: isOptional ? { anyOf: [inputs, { type: 'null' }] } : inputs,
      },
    };
  });
  const script = {
    type: 'object',
    description: 'Runs a bash script; TEMP_DIR names a folder that is removed at the end of the run.',
    required: ['run'],
    additionalProperties: false,
    properties: { run: { type: 'string' }, if: condition, with: { type: 'null' } },
  };
  return { type: 'array', minItems: 1, items: { anyOf: [...kinds, script] } } as JsonSchema;
}

/** The JSON Schema (2020-12) of `experiment.yaml`, made from the validators, for editors to complete and check by. */
export function experimentJsonSchema(): JsonSchema {
  const tasks = taskListJsonSchema();
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:redmeter:experiment',
    title: 'redmeter experiment',
    anyOf: [
      tasks,
      {
        type: 'object',
        required: ['spec'],
        additionalProperties: false,
        properties: { spec: tasks, result: {}, metadata: {} },
      },
    ],
  };
}

/** The names of the fields that a validator knows at a path of its value; those of all forms where it offers a choice. */
export function fieldsAt(schema: z.ZodType, path: FieldPath): string[] {
  return [...new Set(fieldsIn(inputSchema(schema), path))];
}

const madeBy = new WeakMap<z.ZodType, JsonSchema>();

/** What a validator takes, as JSON Schema. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  const known = madeBy.get(schema);
  if (known !== undefined) return known;
  const made: JsonSchema = z.toJSONSchema(schema, {
    io: 'input',
    reused: 'inline',
    // Zod leaves out the default of a field that it transforms, such as a duration; ours are written as in the file.
    override: ({ zodSchema, jsonSchema }) => {
      const standard = z.globalRegistry.get(zodSchema)?.['default'];
      if (standard !== undefined) Object.assign(jsonSchema, { default: standard });
    },
  });
  delete made.$schema;
  madeBy.set(schema, made);
  return made;
}

function fieldsIn(schema: unknown, path: FieldPath): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { anyOf, properties, items, additionalProperties } = schema as JsonSchema;
  // Next to fields of its own, a choice only states which of them are required.
  if (anyOf !== undefined && properties === undefined) return anyOf.flatMap((branch) => fieldsIn(branch, path));
  const [step, ...rest] = path;
  if (step === undefined) return Object.keys(properties ?? {});
  if (typeof step === 'number') return fieldsIn(items, rest);
  return fieldsIn(properties?.[String(step)] ?? additionalProperties, rest);
}
