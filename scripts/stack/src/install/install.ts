import { fileURLToPath } from 'node:url';
import { lastLinesOf, runCommand, type FinishedCommand } from '../finished-command.js';
import type { ProgramName } from '../program.js';
import type { Environment } from '../settings.js';
import { StackError } from '../stack-error.js';
import { buildRedisExporter, exporterModule } from './go-tool.js';
import { planInstallation, type Installation } from './installation-plan.js';
import { lookAtMachine } from './machine.js';

/** How to prompt, and where to print progress. */
export interface Installer {
  readonly root: string;
  readonly environment: Environment;
  /** Says one line. */
  readonly say: (line: string) => void;
  /** Prompts a person; undefined without a terminal. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
}

/**
 * Installs the missing programs: with a person at a terminal after asking, else if this user may.
 * @throws StackError `missing-program`, `not-permitted` or `install-failed`, with the commands that do it by hand.
 */
export async function installPrograms(
  missing: readonly ProgramName[],
  exporterVersion: string,
  installer: Installer,
): Promise<void> {
  if (missing.length === 0) return;
  const names = missing.join(', ');
  const machine = await lookAtMachine(installer.ask !== undefined, installer.environment);
  const plan = planInstallation(missing, machine, exporterVersion);
  if (plan.kind === 'unavailable') {
    const message = `missing: ${plan.programs.join(', ')}; no supported package manager found (apt-get, brew); put them on PATH`;
    throw new StackError('missing-program', message);
  }
  const { commands } = plan.kind === 'install' ? plan.installation : plan;
  const byHand = commands.join(' && ');
  if (plan.kind === 'not-permitted') {
    throw new StackError('not-permitted', `missing: ${names}; installing them needs root; run: ${byHand}`);
  }
  if (installer.ask !== undefined && !(await installer.ask(`Missing: ${names}. Install with ${byHand}?`))) {
    throw new StackError('missing-program', `missing: ${names}; run: ${byHand}`);
  }
  await carryOut(plan.installation, machine.rootAccess === 'root', exporterVersion, installer);
}

async function carryOut(
  { packageManager, packages, exporterWithGo }: Installation,
  isRoot: boolean,
  exporterVersion: string,
  { root, environment: env, say, ask }: Installer,
): Promise<void> {
  if (packages.length > 0) {
    const list = packages.join(', ');
    if (packageManager === 'apt') {
      say(`Installing ${list} with apt-get, with their services disabled.`);
      const script = ['sh', fileURLToPath(new URL('../../install-debian.sh', import.meta.url)), ...packages];
      const sudo = ask === undefined ? ['sudo', '-n'] : ['sudo'];
      refuseFailure('apt-get', await runWords(isRoot ? script : [...sudo, ...script], env));
    } else {
      say(`Installing ${list} with brew.`);
      refuseFailure('brew', await runWords(['brew', 'install', ...packages], env));
    }
  }
  if (exporterWithGo) {
    say(`Building ${exporterModule} ${exporterVersion} with Go.`);
    await buildRedisExporter(root, exporterVersion, env);
  }
}

function runWords([file = '', ...args]: readonly string[], env: Environment): Promise<FinishedCommand> {
  return runCommand(file, args, { env });
}

function refuseFailure(manager: string, { code, output }: FinishedCommand): void {
  if (code === 0) return;
  throw new StackError('install-failed', `${manager} ended with exit code ${code}:\n${lastLinesOf(output, 15)}`);
}
