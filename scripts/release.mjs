// npm run release: all of a release but the push. Builds, checks, packs, checks the archives, and publishes as a dry run.
//   npm run release -- --no-checks    leaves out the checks of the source
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/**
 * @typedef {{name: string, version: string, private?: boolean, workspaces: string[], dependencies?: Record<string, string>}} Manifest
 * @param {string} folder
 * @returns {Manifest}
 */
function manifestOf(folder) {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return /** @type {Manifest} */ (manifest);
}

/**
 * Runs a command, and ends with its exit code if it fails.
 * @param {string} command
 * @param {...string} args
 */
function run(command, ...args) {
  console.log(`\n== ${[command, ...args].join(' ')}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const workspaces = manifestOf('.').workspaces.filter((folder) => manifestOf(folder).private !== true);
const versions = new Map(workspaces.map((folder) => [manifestOf(folder).name, manifestOf(folder).version]));
if (new Set(versions.values()).size !== 1) {
  console.error(`expected one version in all packages, got ${JSON.stringify(Object.fromEntries(versions))}`);
  process.exit(1);
}
for (const folder of workspaces) {
  for (const [name, version] of Object.entries(manifestOf(folder).dependencies ?? {})) {
    if (!name.startsWith('@redmeter/') || versions.get(name) === version) continue;
    console.error(`${folder}: expected ${name} ${versions.get(name) ?? 'to be a public package'}, got ${version}`);
    process.exit(1);
  }
}

run('npm', 'run', '--silent', 'build');
if (!process.argv.includes('--no-checks')) {
  for (const check of ['typecheck', 'lint', 'imports', 'format:check', 'knip', 'api'])
    run('npm', 'run', '--silent', check);
  run(process.execPath, 'scripts/check-dependencies.mjs');
}

const archives = mkdtempSync(join(tmpdir(), 'redmeter-release-'));
process.once('exit', () => rmSync(archives, { recursive: true, force: true }));
const selected = workspaces.flatMap((folder) => ['-w', folder]);
run('npm', 'pack', '--silent', '--pack-destination', archives, ...selected);
const paths = readdirSync(archives).map((name) => join(archives, name));
run(process.execPath, 'scripts/check-archives.mjs', ...paths);
// Provenance needs the identity of a CI job.
for (const path of paths) run('npm', 'publish', '--dry-run', '--provenance=false', path);
console.log(`\n${paths.length} packages are ready: a pushed tag publishes them, see .github/workflows/release.yml.`);
