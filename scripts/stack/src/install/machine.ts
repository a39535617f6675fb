import { runCommand } from '../finished-command.js';
import type { Environment } from '../settings.js';
import type { Machine } from './installation-plan.js';

/** Looks at what this machine offers for installing programs. */
export async function lookAtMachine(isInteractive: boolean, env: Environment): Promise<Machine> {
  const answers = async (file: string, ...args: readonly string[]): Promise<boolean> =>
    (await runCommand(file, args, { env, timeoutMs: 15_000 })).code === 0;
  const packageManager = (await answers('apt-get', '--version'))
    ? 'apt'
    : (await answers('brew', '--version'))
      ? 'homebrew'
      : undefined;
  return {
    packageManager,
    hasGo: await answers('go', 'version'),
    rootAccess: await rootAccess(answers),
    isInteractive,
  };
}

async function rootAccess(
  answers: (file: string, ...args: readonly string[]) => Promise<boolean>,
): Promise<Machine['rootAccess']> {
  if (process.getuid?.() === 0) return 'root';
  if (await answers('sudo', '-n', 'true')) return 'sudo';
  return (await answers('sudo', '-V')) ? 'sudo-asks' : 'none';
}
