// npm run generate, the part for experiments: writes the JSON Schema of experiment.yaml from its validators.
import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { experimentJsonSchema } from '../packages/experiment/dist/index.js';

const file = fileURLToPath(new URL('../packages/experiment/schema/experiment.schema.json', import.meta.url));
const options = { ...(await resolveConfig(file)), filepath: file };
const generated = await format(JSON.stringify(experimentJsonSchema(), undefined, 2), options);
const isNew = readFileSync(file, 'utf8') !== generated;
if (isNew) writeFileSync(file, generated);
process.stdout.write(`${relative(process.cwd(), file)} ${isNew ? 'written' : 'is up to date'}\n`);
