import { isScalar, parse, visit, type Document, type Scalar } from 'yaml';

/** The values of `${NAME}` in a spec. */
export type SpecValues = {
  /** Values by name, as a person gave them for this run. */
  readonly given: ReadonlyMap<string, string>;
  /** Whether the environment has a value, which tasks fill in later so that no error shows it. */
  readonly isInEnvironment: (name: string) => boolean;
};

const PLACEHOLDER = /\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g;

/**
 * Fills `${NAME}` in the texts of a document with the values that were given, and `${NAME:-default}` with its default where neither
 * they nor the environment have one; scripts stay, since they find the values in their environment. A text that is nothing but one
 * placeholder without quotes becomes a number or a boolean where its value is one.
 */
export function fillValues(document: Document, values: SpecValues): void {
  visit(document, {
    Pair(_, { key, value }) {
      const isScript = isScalar(key) && String(key.value).toLowerCase() === 'run' && isScalar(value);
      return isScript ? visit.SKIP : undefined;
    },
    Scalar(position, scalar) {
      if (position !== 'key' && typeof scalar.value === 'string' && scalar.value.includes('${'))
        fillScalar(scalar, values);
    },
  });
}

function fillScalar(scalar: Scalar, { given, isInEnvironment }: SpecValues): void {
  const text = String(scalar.value);
  const filled = text.replace(PLACEHOLDER, (whole, name: string, fallback: string | undefined) => {
    const value = given.get(name);
    if (value !== undefined) return value;
    if (fallback === undefined) return whole;
    return isInEnvironment(name) ? `\${${name}}` : fallback;
  });
  const isOnePlainPlaceholder =
    scalar.type === 'PLAIN' && text.replace(PLACEHOLDER, '') === '' && !filled.includes('${');
  scalar.value = isOnePlainPlaceholder ? typed(filled) : filled;
}

function typed(text: string): unknown {
  if (!/^[-+.\w]+$/.test(text)) return text;
  const value: unknown = parse(text);
  return typeof value === 'number' || typeof value === 'boolean' ? value : text;
}
