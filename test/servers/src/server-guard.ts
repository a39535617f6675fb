import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const watched = new Set<number>();
let orders: Writable | undefined;

/**
 * Sees to it that a server, and its folder, are gone with this process, even when that is killed.
 * @param folder undefined when it is to stay
 */
export function watchServer(pid: number, folder: string | undefined): void {
  watched.add(pid);
  orders ??= startGuard();
  orders.write(`watch ${pid} ${folder ?? '-'}\n`);
}

/** Lets go of a server that has ended, before its id can name another process. */
export function releaseServer(pid: number): void {
  if (!watched.delete(pid)) return;
  orders?.write(`ended ${pid}\n`);
  if (watched.size > 0) return;
  orders?.end();
  orders = undefined;
}

function startGuard(): Writable {
  // Of its own group, so that Ctrl-C does not reach it.
  const guard = spawn('sh', [fileURLToPath(new URL('../guard.sh', import.meta.url))], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a guard only what a killed run leaves behind would stay.
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  return guard.stdin;
}
