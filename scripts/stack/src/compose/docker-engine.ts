import { runCommand } from '../finished-command.js';
import type { Environment } from '../settings.js';

/** How compose is called on this machine, or why there is none to call. */
export type DockerEngine =
  | { readonly kind: 'found'; readonly compose: readonly [string, ...string[]] }
  | { readonly kind: 'absent'; readonly reason: string };

const answerTimeoutMs = 10_000;

/** Looks for a Docker engine that answers, and for compose: the plugin (v2), else docker-compose (v1). */
export async function findDockerEngine(env: Environment): Promise<DockerEngine> {
  const call = (file: string, ...args: readonly string[]): ReturnType<typeof runCommand> =>
    runCommand(file, args, { env, timeoutMs: answerTimeoutMs });
  const version = await call('docker', 'version', '--format', '{{.Server.Version}}');
  if (version.code === 127) return { kind: 'absent', reason: 'docker is not installed' };
  if (version.code !== 0) {
    const reason = version.output.trim().split('\n').at(-1) ?? '';
    return { kind: 'absent', reason: reason === '' ? 'docker does not respond' : reason };
  }
  if ((await call('docker', 'compose', 'version')).code === 0) return { kind: 'found', compose: ['docker', 'compose'] };
  if ((await call('docker-compose', 'version')).code === 0) return { kind: 'found', compose: ['docker-compose'] };
  return {
    kind: 'absent',
    reason: 'the engine responds, but neither `docker compose` nor `docker-compose` is installed',
  };
}
