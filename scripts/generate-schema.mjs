// npm run generate, the part for editors: writes the JSON Schemas of experiment.yaml and release.yaml from their validators.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { experimentJsonSchema } from '../packages/experiment/dist/index.js';
import { releaseJsonSchema } from '../packages/release/dist/index.js';

await write('../packages/experiment/schema/experiment.schema.json', experimentJsonSchema());
await write('../packages/release/schema/release.schema.json', releaseJsonSchema());

/**
 * @param {string} place
 * @param {object} schema
 */
async function write(place, schema) {
  const file = fileURLToPath(new URL(place, import.meta.url));
  const options = { ...(await resolveConfig(file)), filepath: file };
  const generated = await format(JSON.stringify(schema, undefined, 2), options);
  const isNew = !existsSync(file) || readFileSync(file, 'utf8') !== generated;
  if (isNew) writeFileSync(file, generated);
  process.stdout.write(`${relative(process.cwd(), file)} ${isNew ? 'written' : 'is up to date'}\n`);
}
