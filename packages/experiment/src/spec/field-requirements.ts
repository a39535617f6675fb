/**
 * In JSON Schema, for editors, that a field is given beside versions and endpoints, or in each version, or in each endpoint: what
 * the validators of loads require.
 */
export function givenSomewhere(field: string): Record<string, unknown> {
  return {
    anyOf: [
      { required: [field] },
      {
        required: ['versionInfo'],
        properties: { versionInfo: { items: { anyOf: [{ type: 'null' }, { required: [field] }] } } },
      },
      {
        required: ['endpoints'],
        properties: { endpoints: { minProperties: 1, additionalProperties: { required: [field] } } },
      },
    ],
  };
}

/** In JSON Schema: at least one of these fields is given. */
export function anyGiven(...fields: readonly string[]): Record<string, unknown> {
  return { anyOf: fields.map((field) => ({ required: [field] })) };
}
