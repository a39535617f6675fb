// Checks what users install with the packages: permissive licences only, and no known vulnerability.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import satisfies from 'spdx-satisfies';

const permissive = [
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Zlib',
  'BlueOak-1.0.0',
  'OFL-1.1',
  'Python-2.0',
  'Unlicense',
];

/**
 * As much of package-lock.json as is read here.
 * @typedef {{packages: Record<string, {dev?: boolean, link?: boolean, license?: string}>}} LockFile
 */

/**
 * The production dependencies of a lock file whose licence is not permissive, each as `name: licence`.
 * @param {LockFile} lock
 * @returns {string[]}
 */
export function refusedLicences(lock) {
  return Object.entries(lock.packages)
    .filter(([path, { dev = false, link = false }]) => path.includes('node_modules/') && !dev && !link)
    .filter(([, { license }]) => !isPermissive(license))
    .map(([path, { license }]) => `${path.slice(path.lastIndexOf('node_modules/') + 13)}: ${license ?? 'no licence'}`);
}

/** @param {string | undefined} license an SPDX expression */
function isPermissive(license) {
  if (license === undefined) return false;
  try {
    return satisfies(license, permissive);
  } catch {
    // Not SPDX, as `SEE LICENSE IN …`.
    return false;
  }
}

/**
 * What `npm audit` found of production dependencies. A registry without an audit service is no finding, but is named.
 * @returns {{ok: boolean, text: string}}
 */
function audit() {
  const { status, stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev'], { encoding: 'utf8' });
  if (status === 0) return { ok: true, text: stdout.trim() };
  if (stderr.includes('audit endpoint returned an error')) {
    const cause = /npm warn audit (.*)/.exec(stderr)?.[1] ?? 'no answer';
    return { ok: true, text: `NOT AUDITED: this npm registry has no audit service (${cause})` };
  }
  return { ok: false, text: `${stdout}${stderr}`.trim() };
}

if (process.argv[1] === import.meta.filename) {
  /** @type {unknown} */
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const refused = refusedLicences(/** @type {LockFile} */ (lock));
  for (const line of refused) console.error(`licence: expected one of ${permissive.join(', ')}, got ${line}`);
  if (refused.length === 0) console.log('licences of production dependencies: all permissive');
  const { ok, text } = audit();
  console.log(text);
  if (refused.length > 0 || !ok) process.exitCode = 1;
}
