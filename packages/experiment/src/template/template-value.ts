/** A value that is no list and has fields. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Whether a value has fields. */
export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The field of a mapping; undefined where there is none. Fields of Go have a capital, those of JSON mostly have not. */
export function fieldOf(value: unknown, name: string): unknown {
  if (!isMapping(value)) return undefined;
  if (Object.hasOwn(value, name)) return value[name];
  const written = name.charAt(0).toLowerCase() + name.slice(1);
  return Object.hasOwn(value, written) ? value[written] : undefined;
}

/** A mapping of these entries, whatever their names are. */
export function mappingOf(entries: Iterable<readonly [string, unknown]>): Mapping {
  return Object.fromEntries(entries);
}

/** As in Go's templates: false, 0, nothing and what is empty do not hold. */
export function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isMapping(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** A value as an action prints it: texts as they are, lists and mappings as JSON, which is YAML too. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return typeof value === 'number' ? numberText(value) : JSON.stringify(value);
}

/** What Go's reflection calls the kind of a value. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'invalid';
  if (Array.isArray(value)) return 'slice';
  if (isMapping(value)) return 'map';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  return Number.isInteger(value) ? 'int' : 'float64';
}

function numberText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21
    ? String(value)
    : String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}
