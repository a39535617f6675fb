// Publishes each public workspace to the npm registry, in the order of package.json, where a package comes after those it needs.
// A version that the registry has already is left out, so that a release that failed half-way can be repeated.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * As much of a package.json as is read here.
 * @typedef {{ name: string, version: string, private?: boolean, workspaces?: string[] }} Manifest
 */

/**
 * @param {string} folder
 * @returns {Manifest}
 */
function manifestOf(folder) {
  /** @type {unknown} */
  const read = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  return /** @type {Manifest} */ (read);
}

for (const workspace of manifestOf('.').workspaces ?? []) {
  const { name, version, private: isPrivate } = manifestOf(workspace);
  if (isPrivate === true) continue;
  const asked = spawnSync('npm', ['view', `${name}@${version}`, 'version', '--json'], { encoding: 'utf8' });
  // A package or version that the registry does not have is E404 or no output.
  if (asked.status !== 0 && !asked.stdout.includes('E404')) {
    throw new Error(`npm view ${name}@${version}: ${asked.stderr.trim() || asked.stdout.trim()}`);
  }
  if (asked.status === 0 && asked.stdout.trim() !== '') {
    console.log(`${name}@${version} is published already`);
    continue;
  }
  const { status } = spawnSync('npm', ['publish', '--workspace', workspace, '--access', 'public'], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`npm publish ${name}@${version} failed`);
  console.log(`${name}@${version} published`);
}
