// npm run generate, the tables of docs/experiments/reference.md: one for each kind of task, from the JSON Schema of experiment.yaml.
// A table is between <!-- fields of TASK --> and <!-- end of fields -->. With --check nothing is written: exit code 1 when
// the file is not up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const root = new URL('../', import.meta.url);
const file = fileURLToPath(new URL('docs/experiments/reference.md', root));

/**
 * What the tables need of a JSON Schema.
 *
 * @typedef {{
 *   title?: string, description?: string, type?: string, const?: string, enum?: string[], default?: string | number | boolean, required?: string[] | undefined,
 *   properties?: Record<string, Schema>, items?: Schema, additionalProperties?: boolean | Schema, anyOf?: Schema[] | undefined,
 * }} Schema
 */

/** @type {unknown} */
const read = JSON.parse(readFileSync(new URL('packages/experiment/schema/experiment.schema.json', root), 'utf8'));
const schema = /** @type {Schema} */ (read);
const tasks = schema.anyOf?.[0]?.items?.anyOf ?? [];

/**
 * A part of a schema without the choice of null.
 *
 * @param {Schema} part
 * @returns {Schema}
 */
function withoutNull(part) {
  const branches = part.anyOf?.filter(({ type }) => type !== 'null') ?? [];
  return part.properties === undefined && branches.length === 1 ? { ...part, anyOf: undefined, ...branches[0] } : part;
}

/** @param {Schema} part */
const withoutDescription = (part) => JSON.stringify({ ...part, description: undefined });

/**
 * The type of a value in a word or two, such as `list of numbers`.
 *
 * @param {Schema} given
 * @returns {string}
 */
function typeOf(given) {
  const part = withoutNull(given);
  if (part.title !== undefined) return part.title;
  if (part.const !== undefined) return `\`${part.const}\``;
  if (part.enum !== undefined) return part.enum.map((value) => `\`${value}\``).join(', ');
  if (part.anyOf !== undefined && part.properties === undefined)
    return [...new Set(part.anyOf.map(typeOf))].join(' or ');
  if (part.items !== undefined) return `list of ${typeOf(part.items)}s`;
  if (part.type === 'object' && part.properties === undefined) {
    return typeof part.additionalProperties === 'object' && Object.keys(part.additionalProperties).length > 0
      ? `map of ${typeOf(part.additionalProperties)}s`
      : 'map';
  }
  return part.type ?? 'any value';
}

/**
 * The objects inside a field that have fields of their own, with the path to each.
 *
 * @param {Schema} given
 * @param {string} path
 * @returns {{ path: string, part: Schema }[]}
 */
function objectsIn(given, path) {
  const part = withoutNull(given);
  if (part.properties !== undefined) return [{ path, part }];
  return [
    ...(part.anyOf ?? []).flatMap((branch) => objectsIn(branch, path)),
    ...(part.items === undefined ? [] : objectsIn(part.items, `${path}[]`)),
    ...(typeof part.additionalProperties === 'object' ? objectsIn(part.additionalProperties, `${path}.<name>`) : []),
  ];
}

/**
 * A row for each field that the table does not explain yet, and one for those of an object that it does.
 *
 * @param {Schema} object
 * @param {string} prefix
 * @param {Set<string>} explained
 * @returns {string[][]}
 */
function rowsOf({ properties = {}, required = [] }, prefix, explained) {
  const fields = Object.entries(properties).map(([name, field]) => {
    const form = `${name} ${withoutDescription(field)}`;
    const isKnown = explained.has(form);
    explained.add(form);
    return { name, field, isKnown };
  });
  const known = fields.filter(({ isKnown }) => isKnown).map(({ name }) => `\`${name}\``);
  const names = known.length > 8 ? 'all fields above in this table' : known.join(', ');
  return [
    ...(known.length === 0 ? [] : [[`${prefix}…`, 'as above', '', names]]),
    ...fields
      .filter(({ isKnown }) => !isKnown)
      .flatMap(({ name, field }) => {
        const path = `${prefix}${name}`;
        const standard = field.default === undefined ? '' : `\`${field.default}\``;
        const meaning = describe(field.description ?? '');
        return [
          [path, typeOf(field), required.includes(name) ? 'required' : standard, meaning],
          ...objectsIn(field, path).flatMap((inner) => rowsOf(inner.part, `${inner.path}.`, explained)),
        ];
      }),
  ];
}

/**
 * A description with code marked as such: placeholders, and names in camel case or with a slash.
 *
 * @param {string} text
 */
function describe(text) {
  return text.replace(
    /\$\{\w+\}|[\w/.]*<\w+>(?:[\w/.]*\w)?|\b[a-z]+[A-Z]\w*|\b[a-z]+\/[\w-]+/g,
    (code) => `\`${code}\``,
  );
}

/** @param {string} name */
function tableOf(name) {
  const inputs = tasks.find(({ properties }) => properties?.['task']?.enum?.includes(name))?.properties?.['with'];
  if (inputs === undefined) throw new Error(`expected a task of the schema, got ${JSON.stringify(name)} in ${file}`);
  const rows = rowsOf(withoutNull(inputs), '', new Set()).map(([path, ...cells]) =>
    [`\`${path}\``, ...cells].map((cell) => cell.replaceAll('|', '\\|')),
  );
  return [['field', 'type', 'default', 'meaning'], ['-', '-', '-', '-'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

const before = readFileSync(file, 'utf8');
/** @type {import('prettier').Options} */
const options = { ...(await resolveConfig(file)), filepath: file };
const filled = before.replace(
  /(<!-- fields of (\S+) -->\n)[^]*?(<!-- end of fields -->)/g,
  (_all, /** @type {string} */ begin, /** @type {string} */ name, /** @type {string} */ end) =>
    `${begin}\n${tableOf(name)}\n\n${end}`,
);
const text = await format(filled, options);
const isNew = text !== before;
if (isNew && process.argv.includes('--check')) {
  process.stderr.write('docs/experiments/reference.md is not up to date: npm run generate writes it\n');
  process.exitCode = 1;
} else {
  if (isNew) writeFileSync(file, text);
  process.stdout.write(`docs/experiments/reference.md ${isNew ? 'written' : 'is up to date'}\n`);
}
