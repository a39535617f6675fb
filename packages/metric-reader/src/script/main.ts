import { DEFAULT_PREFIX } from '@redmeter/metric-format';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MetricReaderError } from '../metric-reader-error.js';
import { generateScript } from './script-constants.js';

const SCRIPT = fileURLToPath(new URL('../../../../configs/redis-exporter.lua', import.meta.url));
const HELP = `npm run generate [-- --prefix PREFIX] [-- --output FILE]
Writes the constants of the format into configs/redis-exporter.lua.
  --prefix PREFIX  write the script for series under another prefix; default "${DEFAULT_PREFIX}"
  --output FILE    where to write it; default configs/redis-exporter.lua, with a prefix configs/redis-exporter.PREFIX.lua
`;

function main(): number {
  let values: { prefix?: string; output?: string; help?: boolean };
  try {
    ({ values } = parseArgs({
      options: { prefix: { type: 'string' }, output: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    }));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${HELP}`);
    return 1;
  }
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const { prefix = DEFAULT_PREFIX } = values;
  try {
    const generated = generateScript(readFileSync(SCRIPT, 'utf8'), prefix);
    // npm runs scripts in the package's folder, whatever folder it was called in.
    const here = process.env['INIT_CWD'] ?? process.cwd();
    const output = values.output === undefined ? scriptFor(prefix) : resolve(here, values.output);
    const isNew = !existsSync(output) || readFileSync(output, 'utf8') !== generated;
    if (isNew) writeFileSync(output, generated);
    process.stdout.write(`${relative(here, output)} ${isNew ? 'written' : 'is up to date'}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof MetricReaderError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

function scriptFor(prefix: string): string {
  return prefix === DEFAULT_PREFIX ? SCRIPT : SCRIPT.replace(/\.lua$/, `.${prefix}.lua`);
}

process.exitCode = main();
