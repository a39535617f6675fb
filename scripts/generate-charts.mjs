// npm run generate, what charts/ has from elsewhere: each chart's values.schema.json and the list of values in its README, from its
// values.yaml; and the files of charts/redmeter, from configs/, prometheus/ and grafana/. With --check nothing is written: exit
// code 1 when one is not up to date.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { isMap, parse, parseDocument, stringify } from 'yaml';

const root = new URL('../', import.meta.url);

/** @param {string} path */
const read = (path) => readFileSync(new URL(path, root), 'utf8');

/**
 * A value that the chart has, or a group of them.
 *
 * @typedef {{ name: string, description: string, extra: Record<string, unknown>, value: unknown, members?: Value[] }} Value
 */

/**
 * The comments above a value: its description, and what the schema must know.
 *
 * @param {string} comment
 * @returns {Pick<Value, 'description' | 'extra'>}
 */
function readComment(comment) {
  const start = comment.lastIndexOf('-- ');
  if (start < 0) return { description: '', extra: {} };
  const lines = comment.slice(start + 3).split('\n');
  const at = lines.findIndex((line) => line.trim().startsWith('@schema '));
  const text = (at < 0 ? lines : lines.slice(0, at)).map((line) => line.trim()).join(' ');
  /** @type {unknown} */
  const extra = at < 0 ? {} : parse(lines.slice(at).join(' ').replace('@schema ', ''));
  return { description: text.trim(), extra: /** @type {Record<string, unknown>} */ (extra) };
}

/**
 * @typedef {import('yaml').YAMLMap<import('yaml').Scalar<string>, import('yaml').Node | null>} ValuesMap
 *
 * @param {ValuesMap} map
 * @param {string} prefix
 * @param {string} [above] the comment before the map, which belongs to its first value
 * @returns {Value[]}
 */
function readValues(map, prefix, above = '') {
  return map.items.map(({ key, value }, index) => {
    const name = `${prefix}${key.value}`;
    const comment = `${index === 0 ? `${above}\n` : ''}${key.commentBefore ?? ''}`;
    const { description, extra } = readComment(comment);
    if (description === '' && isMap(value))
      return {
        name,
        description,
        extra,
        value: {},
        members: readValues(/** @type {ValuesMap} */ (value), `${name}.`, value.commentBefore ?? ''),
      };
    if (description === '') throw new Error(`expected a description ("# -- …") of ${name}, found none`);
    /** @type {unknown} */
    const plain = value?.toJSON();
    return { name, description, extra, value: plain };
  });
}

/** @param {Value} value @returns {Record<string, unknown>} */
function schemaOf({ description, extra, value, members }) {
  if (members !== undefined) return objectOf(members);
  const type = Array.isArray(value) ? 'array' : value === null ? undefined : typeof value;
  return {
    ...(type === undefined ? {} : { type: type === 'number' ? 'integer' : type }),
    description,
    default: value,
    ...extra,
  };
}

/** @param {Value[]} members */
function objectOf(members) {
  const last = (/** @type {string} */ name) => name.slice(name.lastIndexOf('.') + 1);
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(members.map((member) => [last(member.name), schemaOf(member)])),
  };
}

/** @param {Value[]} values */
function listOf(values) {
  /** @type {(value: Value) => Value[]} */
  const leaves = (value) => value.members?.flatMap(leaves) ?? [value];
  /** @type {(value: Value) => string} */
  const line = ({ name, description, extra, value }) => {
    const allowed = Array.isArray(extra['enum'])
      ? ` One of ${extra['enum'].map((each) => `\`${each}\``).join(', ')}.`
      : '';
    const shown =
      value === '' ? 'empty' : `\`${typeof value === 'string' ? value : JSON.stringify(value).replaceAll('"', "'")}\``;
    return `- \`${name}\`: ${description}${allowed} Default: ${shown}.`;
  };
  const single = values.filter(({ members }) => members === undefined);
  const groups = values.filter(({ members }) => members !== undefined);
  return [
    ...groups.flatMap((group) => [`### ${group.name}`, leaves(group).map(line).join('\n')]),
    '### Names, labels and pods',
    single.map(line).join('\n'),
  ].join('\n\n');
}

/**
 * A schema of the values of a part of the native exporter.
 *
 * @param {'otlp' | 'push'} part
 * @param {object} properties
 */
const native = (part, properties) => ({
  properties: { exporter: { properties: { native: { properties: { [part]: { properties } } } } } },
});
const nativeExporter = { properties: { exporter: { properties: { kind: { const: 'native' } } } } };

/** What the schema of a chart says beyond single values. @type {Record<string, object>} */
const beyondValues = {
  redmeter: {
    allOf: [
      {
        if: { properties: { metrics: { properties: { implementation: { const: 'embedded' } } } } },
        then: {
          properties: {
            serve: {
              properties: {
                replicas: { maximum: 1 },
                autoscaling: { properties: { enabled: { const: false } } },
              },
            },
          },
        },
      },
      // redis_exporter receives nothing, and does not push.
      { if: native('otlp', { enabled: { const: true } }), then: nativeExporter },
      { if: native('push', { url: { minLength: 1 } }), then: nativeExporter },
      // A password is that of a user.
      .../** @type {const} */ (['otlp', 'push']).map((part) => ({
        if: native(part, { existingSecret: { minLength: 1 } }),
        then: native(part, { user: { minLength: 1 } }),
      })),
    ],
  },
};

/** Prometheus's metric_relabel_configs as Prometheus Operator writes them. */
function metricRelabelings() {
  /** @type {unknown} */
  const prometheus = parse(read('prometheus.yaml'), { merge: true });
  const { scrape_configs: jobs } =
    /** @type {{ scrape_configs: { job_name: string, metric_relabel_configs?: object[] }[] }} */ (prometheus);
  const steps = jobs.find(({ job_name: name }) => name === 'redis-exporter')?.metric_relabel_configs ?? [];
  const camelCase = (/** @type {string} */ name) =>
    name.replace(/_([a-z])/g, (/** @type {string} */ found) => found.slice(1).toUpperCase());
  const renamed = steps.map((step) =>
    Object.fromEntries(Object.entries(step).map(([name, value]) => [camelCase(name), value])),
  );
  return `# From metric_relabel_configs of prometheus.yaml, by npm run generate.\n${stringify(renamed, { lineWidth: 0 })}`;
}

/** The files that are made, with their text. @type {Map<string, string>} */
const made = new Map();
const files = 'charts/redmeter/files';
const copy = (/** @type {string} */ from, /** @type {string} */ folder) =>
  made.set(`${files}/${folder}${basename(from)}`, read(from));
copy('configs/redis-exporter.lua', '');
copy('configs/kubernetes/release-role.yaml', '');
for (const file of ['redis.conf', 'start.sh', 'users.acl']) copy(`configs/redis/${file}`, 'redis/');
for (const file of readdirSync(new URL('prometheus', root)))
  if (file.endsWith('.rules.yml')) copy(`prometheus/${file}`, 'rules/');
for (const file of readdirSync(new URL('grafana/dashboards', root))) copy(`grafana/dashboards/${file}`, 'dashboards/');
made.set(`${files}/metric-relabelings.yaml`, metricRelabelings());

const MARKED = /(<!-- values -->)[^]*(<!-- end of values -->)/;
for (const chart of readdirSync(new URL('charts', root))) {
  const document = parseDocument(read(`charts/${chart}/values.yaml`));
  const map = /** @type {ValuesMap} */ (document.contents);
  const values = readValues(map, '', `${document.commentBefore ?? ''}\n${map.commentBefore ?? ''}`);
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', ...objectOf(values), ...beyondValues[chart] };
  // Helm adds `global` to the values of a chart that another one depends on.
  Object.assign(schema.properties, { global: { type: 'object', description: 'Values of a chart above this one.' } });
  made.set(`charts/${chart}/values.schema.json`, JSON.stringify(schema));
  const readme = `charts/${chart}/README.md`;
  made.set(
    readme,
    read(readme).replace(MARKED, (_, start, end) => `${start}\n\n${listOf(values)}\n\n${end}`),
  );
}

let isUpToDate = true;
for (const [path, text] of made) {
  const file = fileURLToPath(new URL(path, root));
  const isFormatted = /\.(md|schema\.json)$/.test(path);
  const wanted = isFormatted ? await format(text, { ...(await resolveConfig(file)), filepath: file }) : text;
  if (existsSync(file) && readFileSync(file, 'utf8') === wanted) continue;
  isUpToDate = false;
  if (process.argv.includes('--check')) {
    process.stderr.write(`${path} is not up to date: run npm run generate\n`);
    continue;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, wanted);
}
if (!isUpToDate && process.argv.includes('--check')) process.exitCode = 1;
