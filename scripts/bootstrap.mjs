// What every script here does before it can use anything that npm installs: so Node's own modules only.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const checkout = new URL('..', import.meta.url);

/**
 * Ends the process with one line on standard error.
 * @param {string} message
 * @returns {never}
 */
export function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Installs npm packages if they differ from the lock file, and compiles. */
export function prepareCheckout() {
  requireNode(20, 19);
  const installed = changedAt('node_modules/.package-lock.json');
  if (installed === undefined || installed < (changedAt('package-lock.json') ?? 0)) {
    runStep('Installing npm packages (npm ci) …', ['ci', '--no-progress']);
  }
  runStep('Building (npm run build) …', ['run', '--silent', 'build']);
}

/**
 * Runs a program of the tests from its source, with this script's arguments, and ends as it ends.
 * @param {string} path in the checkout
 */
export function runSource(path) {
  const program = fileURLToPath(new URL(path, checkout));
  const options = ['--conditions=redmeter-source', '--import', 'tsx', program, ...process.argv.slice(2)];
  const { status, error } = spawnSync(process.execPath, options, { cwd: checkout, stdio: 'inherit' });
  if (error) fail(error.message);
  process.exitCode = status ?? 1;
}

/**
 * @param {number} major
 * @param {number} minor
 */
function requireNode(major, minor) {
  const [ownMajor = 0, ownMinor = 0] = process.versions.node.split('.').map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return;
  fail(
    `Node: expected ${major}.${minor} or newer, got ${process.versions.node}; install a newer one from https://nodejs.org`,
  );
}

/** @param {string} path */
function changedAt(path) {
  return statSync(new URL(path, checkout), { throwIfNoEntry: false })?.mtimeMs;
}

/**
 * @param {string} title
 * @param {readonly string[]} args
 */
function runStep(title, args) {
  process.stderr.write(`${title}\n`);
  const { status, error, signal, stdout, stderr } = spawnSync('npm', args, { cwd: checkout, encoding: 'utf8' });
  if (status === 0) return;
  if (signal === 'SIGINT') process.exit(130);
  // npm ends its errors with pages of its own usage: the cause comes first.
  const lines = error ? [error.message] : `${stdout}${stderr}`.split('\n').slice(0, 20);
  fail(`${lines.join('\n').trimEnd()}\nnpm ${args.join(' ')} failed`);
}
