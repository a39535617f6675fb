// Checks packed archives as users install them: manifests by publint, types in every module mode by "are the types wrong".
//   node scripts/check-archives.mjs ARCHIVE…
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/**
 * What is wrong with an archive, one line each.
 * @param {string} path
 * @returns {Promise<string[]>}
 */
async function problemsOf(path) {
  const data = new Uint8Array(readFileSync(path));
  const { messages, pkg } = await publint({ pack: { tarball: data.buffer }, strict: true });
  const types = await checkPackage(createPackageFromTarballData(data));
  if (types.types === false) return ['no types'];
  // A package without CommonJS can be imported, or required by Node: docs/decisions/module-systems.md.
  const isModuleOnly = !JSON.stringify(pkg['exports']).includes('/cjs/');
  return [
    ...messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code),
    ...types.problems
      .filter(({ kind }) => !(isModuleOnly && kind === 'CJSResolvesToESM'))
      .map((problem) => `types: ${JSON.stringify(problem)}`),
  ];
}

for (const path of process.argv.slice(2)) {
  const problems = await problemsOf(path);
  for (const problem of problems) console.error(`${basename(path)}: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
  else console.log(`${basename(path)}: ok`);
}
