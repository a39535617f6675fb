import { spawnSync } from 'node:child_process';

/** What every project of these tests is called; the number is the process that runs it. */
export const projectPrefix = 'redmeter-test-';

/** Removes what runs that were cut off have left in the engine: what belongs to processes that are gone. */
export function removeLeftovers(dockerHost: string | undefined): void {
  const env = { ...process.env, DOCKER_HOST: dockerHost };
  const docker = (...args: string[]): string[] => {
    const { stdout } = spawnSync('docker', args, { encoding: 'utf8', env });
    return stdout.split('\n').filter((name) => name.startsWith(projectPrefix) && !isRunning(name));
  };
  const filter = ['--filter', `name=${projectPrefix}`];
  const kinds: readonly { names: string[]; remove: string[] }[] = [
    { names: docker('ps', '--all', ...filter, '--format', '{{.Names}}'), remove: ['rm', '--force', '--volumes'] },
    { names: docker('volume', 'ls', ...filter, '--format', '{{.Name}}'), remove: ['volume', 'rm'] },
    { names: docker('network', 'ls', ...filter, '--format', '{{.Name}}'), remove: ['network', 'rm'] },
    {
      names: docker('images', '--filter', `reference=${projectPrefix}*`, '--format', '{{.Repository}}'),
      remove: ['rmi', '--force'],
    },
  ];
  for (const { names, remove } of kinds) if (names.length > 0) docker(...remove, ...names);
}

function isRunning(name: string): boolean {
  const pid = Number(/^\d+/.exec(name.slice(projectPrefix.length))?.[0]);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
