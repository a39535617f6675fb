/** What the sampler reads of a JSON Schema. */
export interface ValuesSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, ValuesSchema>>;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Values that a schema allows, drawn at random: any of an `enum`, either boolean, a number within its bounds, and else the default or
 * one of the examples. What the schema says of several values together may not hold: Helm refuses those.
 */
export function sampleValues(schema: ValuesSchema, random: () => number): unknown {
  const oneOf = (choices: readonly unknown[]): unknown => choices[Math.floor(random() * choices.length)];
  if (schema.properties !== undefined) {
    const entries = Object.entries(schema.properties).filter(([name]) => name !== 'global');
    return Object.fromEntries(entries.map(([name, part]) => [name, sampleValues(part, random)]));
  }
  if (schema.enum !== undefined) return oneOf(schema.enum);
  if (schema.type === 'boolean') return random() < 0.5;
  if (schema.minimum !== undefined && schema.maximum !== undefined && random() < 0.3)
    return Math.floor(schema.minimum + random() * (schema.maximum - schema.minimum + 1));
  return random() < 0.4 ? oneOf(schema.examples ?? [schema.default]) : schema.default;
}
