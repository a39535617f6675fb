import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLinesOf, runCommand } from '../finished-command.js';
import type { Environment } from '../settings.js';
import { StackError } from '../stack-error.js';
import { aloneWith } from './process-lock.js';

/**
 * Installs the Python packages of a requirements file into a virtual environment under `.tools/` of the checkout, unless they lie there
 * already, and returns the folder of its programs. Needs `python3` with its module venv.
 * @throws StackError `install-failed`
 */
export async function installPythonPackages(root: string, requirements: string, env: Environment): Promise<string> {
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(root, '.tools', `python-${digest}`);
  const programs = join(folder, 'bin');
  const mark = join(folder, 'installed');
  if (existsSync(mark)) return programs;
  mkdirSync(join(root, '.tools'), { recursive: true });
  return aloneWith(`${folder}.lock`, async () => {
    if (existsSync(mark)) return programs;
    await run(['python3', '-m', 'venv', folder], env);
    await run([join(programs, 'python'), '-m', 'pip', 'install', '--quiet', '--requirement', requirements], env);
    writeFileSync(mark, '');
    return programs;
  });
}

async function run([file = '', ...args]: readonly string[], env: Environment): Promise<void> {
  const { code, output } = await runCommand(file, args, { env });
  if (code === 0) return;
  const fix = args.includes('venv') ? '; on Debian: apt-get install python3-venv' : '';
  throw new StackError('install-failed', `${[file, ...args].join(' ')} failed${fix}:\n${lastLinesOf(output, 15)}`);
}
