// npm run generate: joins the parts in lua/ to the two scripts that Redis runs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generateScript } from '../packages/metric-reader/cjs/script/script-constants.js';
import { joinParts } from './lua/scripts.mjs';

const DEFAULT_PREFIX = 'metrics';
const MAX_PAGES = 2048;
const HELP = `npm run generate [-- --prefix PREFIX] [-- --output FILE]
       npm run generate -- --pages N [--prefix PREFIX] [--output FOLDER]
Joins the parts in lua/ to configs/redis-exporter.lua and the merge script of packages/redis-metrics and the exporter; clients/ have both.
  --prefix PREFIX  write only the reading script, for series under another prefix; default "${DEFAULT_PREFIX}"
  --output FILE    where to write it; default configs/redis-exporter.PREFIX.lua
  --pages N        write N scripts instead that share the series, so that each holds Redis for a part of the time; a power
                   of two up to ${MAX_PAGES}; to a folder, default configs/pages. Prints redis_exporter's -script.
                   For calls of less than 5 ms take one page for each 100 series, where a histogram counts as 1 for
                   each 4 of its lines: as 4 with 10 bounds
  --check          write nothing; fail if a script differs from its parts
`;
const root = new URL('../', import.meta.url);
// npm runs scripts in the package's folder, whatever folder it was called in.
const here = process.env['INIT_CWD'] ?? process.cwd();

/** @returns {number} the exit code */
function main() {
  /** @type {{ prefix?: string; output?: string; pages?: string; check?: boolean; help?: boolean }} */
  let options;
  try {
    options = parseArgs({
      options: {
        prefix: { type: 'string' },
        output: { type: 'string' },
        pages: { type: 'string' },
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
  if (options.pages !== undefined) return generatePages(reader, prefix, options);
  if (output !== undefined) scripts.set(resolve(here, output), reader);
  else if (prefix !== DEFAULT_PREFIX) scripts.set(inTree(`configs/redis-exporter.${prefix}.lua`), reader);
  else {
    const merge = joinParts('merge');
    const clients = ['clients/python/src/redmeter/lua', 'clients/php/lua'];
    for (const folder of ['configs', ...clients]) scripts.set(inTree(`${folder}/redis-exporter.lua`), reader);
    for (const folder of ['packages/redis-metrics/lua', ...clients]) scripts.set(inTree(`${folder}/merge.lua`), merge);
    scripts.set(inTree('packages/metric-format/src/merge-source.ts'), asModule(merge));
  }
  return update(scripts, options.check !== true);
}

/**
 * Writes the scripts of the pages. Returns the exit code.
 * @param {string} reader
 * @param {string} prefix
 * @param {{ pages?: string; output?: string; check?: boolean }} options
 */
function generatePages(reader, prefix, { pages: given = '', output, check }) {
  const pages = Number(given);
  if (!Number.isInteger(Math.log2(pages)) || pages < 2 || pages > MAX_PAGES) {
    process.stderr.write(`--pages: expected a power of two from 2 to ${MAX_PAGES}, got ${JSON.stringify(given)}\n`);
    return 1;
  }
  const folder = output === undefined ? inTree('configs/pages') : resolve(here, output);
  const name = prefix === DEFAULT_PREFIX ? 'redis-exporter' : `redis-exporter.${prefix}`;
  /** @type {Map<string, string>} */
  const scripts = new Map();
  for (let page = 1; page <= pages; page += 1) {
    const script = reader.replace('\nlocal PAGE, PAGES = 1, 1\n', `\nlocal PAGE, PAGES = ${page}, ${pages}\n`);
    if (script === reader) throw new Error('lua/reader/contract.lua: expected the line "local PAGE, PAGES = 1, 1"');
    scripts.set(
      join(folder, `${name}.page-${page}.lua`),
      script.replace('This one shows them all.', 'This is one of them.'),
    );
  }
  if (check !== true) mkdirSync(folder, { recursive: true });
  const code = update(scripts, check !== true);
  if (code === 0)
    process.stdout.write(`-script ${[...scripts.keys()].map((file) => relative(here, file)).join(',')}\n`);
  return code;
}

/** A module, so that the script is in every bundle that uses it. @param {string} script */
function asModule(script) {
  const text = script.replace(/\\|`|\$\{/g, (special) => `\\${special}`);
  return `// Generated from lua/merge.lua by npm run generate: a bundle has no files beside it.
/** The script that applies a batch; its contract is at its head. */
// eslint-disable-next-line @typescript-eslint/no-inferrable-types -- else the type is the text, in the API report too
export const MERGE_SOURCE: string = \`${text}\`;
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
