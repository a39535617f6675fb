// npm run lint:lua: luacheck over the two scripts that Redis runs and over each of their parts, which must need and give
// what its head says; and whether the scripts are those that the parts make.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PARTS, readPart } from './lua/scripts.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const settings = ['--quiet', '--no-color', '--config', join(root, '.luacheckrc')];
// Constants of the format are only in the script; the parts have a placeholder for them.
const reader = readFileSync(join(root, 'configs/redis-exporter.lua'), 'utf8');
const formatConstants = declared(reader.slice(reader.indexOf('-- <generated>'), reader.indexOf('-- </generated>')));

/**
 * Runs luacheck; false when it finds something.
 * @param {readonly string[]} args
 * @param {string} cwd
 */
function luacheck(args, cwd) {
  const { status, error } = spawnSync('luacheck', [...settings, ...args], {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error === undefined) return status === 0;
  process.stderr.write('expected luacheck on PATH: install the package lua-check (Debian) or luacheck (LuaRocks)\n');
  return false;
}

/** The names that a text declares for all that follows. @param {string} text */
function declared(text) {
  return [...text.matchAll(/^local ([\w, \n]+?) *=/gm)].flatMap(([, list = '']) => list.split(/[\s,]+/));
}

/**
 * Each part of a script as a chunk of its own: what it needs comes in, and what it gives goes out, so that luacheck finds
 * a name that it uses without saying so, and one that it names in vain.
 * @param {keyof typeof PARTS} script
 * @param {string} folder
 */
function writeChunks(script, folder) {
  const parts = PARTS[script].map((name) => ({ name, ...readPart(name) }));
  // Any part may use constants and built-in functions without saying so.
  const isCommon = (/** @type {string} */ name) => /\/(contract|constants|builtins)$/.test(name);
  const common = parts.filter(({ name }) => isCommon(name)).flatMap(({ body }) => declared(body));
  if (script === 'reader') common.push(...formatConstants);
  const given = new Set();
  let isGood = true;
  for (const { name, file, needs, gives, body } of parts) {
    const missing = needs.filter((need) => !given.has(need));
    if (missing.length > 0) {
      process.stderr.write(`lua/${file}: needs ${missing.join(', ')}, which no part before it in ${script} gives\n`);
      isGood = false;
    }
    for (const give of gives) given.add(give);
    if (isCommon(name)) continue;
    const result = /^return /m.test(body) ? ['result'] : [];
    const handedOn = [...gives, ...result].join(', ');
    const chunk = [
      `-- luacheck: read globals ${common.join(' ')}`,
      ...(needs.length > 0 ? [`local ${needs.join(', ')} = ...`] : []),
      body.replace(/^return /m, 'local result = ').trimEnd(),
      ...(handedOn === '' ? [] : [`return ${handedOn}`]),
    ];
    const path = join(folder, script, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${chunk.join('\n')}\n`);
  }
  return isGood;
}

const folder = mkdtempSync(join(tmpdir(), 'redmeter-lua-'));
try {
  const results = [
    spawnSync(process.execPath, [join(root, 'scripts/generate-lua.mjs'), '--check'], { stdio: 'inherit' }).status === 0,
    luacheck(['.'], root),
    writeChunks('merge', folder),
    writeChunks('reader', folder),
    // The line of needs is longer than a head's.
    luacheck(['--no-max-line-length', '.'], folder),
  ];
  process.exitCode = results.includes(false) ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
}
