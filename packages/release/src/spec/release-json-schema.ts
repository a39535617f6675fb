import { inputSchema, taskListJsonSchema, type JsonSchema } from '@redmeter/experiment';
import { releaseSchema } from './release-schema.js';

/** The JSON Schema (2020-12) of `release.yaml`, made from the validators, for editors to complete and check by. */
export function releaseJsonSchema(): JsonSchema {
  const schema = structuredClone(inputSchema(releaseSchema));
  const rollout = schema.properties?.['rollout'];
  if (typeof rollout !== 'object' || rollout.properties === undefined) {
    throw new Error('expected the schema of a release to have that of a rollout');
  }
  const { description } = rollout.properties['judge'] as JsonSchema;
  rollout.properties['judge'] = { ...taskListJsonSchema(), ...(description === undefined ? {} : { description }) };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:redmeter:release',
    title: 'redmeter release',
    ...schema,
  };
}
