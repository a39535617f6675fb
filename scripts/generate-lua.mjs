// npm run generate: joins the parts in lua/ to the two scripts that Redis runs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generateScript } from '../packages/metric-reader/cjs/script/script-constants.js';
import { joinParts } from './lua/scripts.mjs';

const DEFAULT_PREFIX = 'metrics';
const HELP = `npm run generate [-- --prefix PREFIX] [-- --output FILE]
Joins the parts in lua/ to configs/redis-exporter.lua and the merge script of packages/redis-metrics and the exporter; clients/ have both.
  --prefix PREFIX  write only the reading script, for series under another prefix; default "${DEFAULT_PREFIX}"
  --output FILE    where to write it; default configs/redis-exporter.PREFIX.lua
  --check          write nothing; fail if a script differs from its parts
`;
const root = new URL('../', import.meta.url);
// npm runs scripts in the package's folder, whatever folder it was called in.
const here = process.env['INIT_CWD'] ?? process.cwd();

/** @returns {number} the exit code */
function main() {
  /** @type {{ prefix?: string; output?: string; check?: boolean; help?: boolean }} */
  let options;
  try {
    options = parseArgs({
      options: {
        prefix: { type: 'string' },
        output: { type: 'string' },
        check: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${HELP}`);
    return 1;
  }
  if (options.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const { prefix = DEFAULT_PREFIX, output } = options;
  let reader;
  try {
    reader = generateScript(joinParts('reader'), prefix);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
  const scripts = new Map();
  if (output !== undefined) scripts.set(resolve(here, output), reader);
  else if (prefix !== DEFAULT_PREFIX) scripts.set(inTree(`configs/redis-exporter.${prefix}.lua`), reader);
  else {
    const merge = joinParts('merge');
    const clients = ['clients/python/src/redmeter/lua', 'clients/php/lua'];
    for (const folder of ['configs', ...clients]) scripts.set(inTree(`${folder}/redis-exporter.lua`), reader);
    for (const folder of ['packages/redis-metrics/lua', ...clients]) scripts.set(inTree(`${folder}/merge.lua`), merge);
    for (const folder of ['packages/redis-metrics/src/delivery', 'exporter/src/otlp/write']) {
      scripts.set(inTree(`${folder}/merge-source.ts`), asModule(merge));
    }
  }
  return update(scripts, options.check !== true);
}

/** A module, so that the script is in every bundle that the library is in. @param {string} script */
function asModule(script) {
  const text = script.replace(/\\|`|\$\{/g, (special) => `\\${special}`);
  return `// Generated from lua/merge.lua by npm run generate: a bundle has no files beside it.
/** The script that applies a batch; its contract is at its head. */
export const MERGE_SOURCE = \`${text}\`;
`;
}

/** @param {string} file */
function inTree(file) {
  return fileURLToPath(new URL(file, root));
}

/**
 * Compares each file with its text, and writes it where they differ and `isWriting`. Returns the exit code.
 * @param {ReadonlyMap<string, string>} scripts
 * @param {boolean} isWriting
 */
function update(scripts, isWriting) {
  let stale = 0;
  for (const [file, text] of scripts) {
    const isNew = !existsSync(file) || readFileSync(file, 'utf8') !== text;
    if (isNew && isWriting) writeFileSync(file, text);
    if (isNew) stale += 1;
    const state = isWriting ? 'written' : 'differs from the parts in lua/: run npm run generate';
    process.stdout.write(`${relative(here, file)} ${isNew ? state : 'is up to date'}\n`);
  }
  return isWriting || stale === 0 ? 0 : 1;
}

process.exitCode = main();
