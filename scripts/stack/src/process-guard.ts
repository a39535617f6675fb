import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Ends processes and removes a folder when this process is gone, even by SIGKILL. */
export interface ProcessGuard {
  /** Takes on a process that leads its own group. */
  watch(pid: number): void;
  /** Lets go of a process that has ended, before its id can name another one. */
  release(pid: number): void;
  /** Lets the guard end: every process has ended and the folder is gone. */
  dismiss(): void;
}

/** Starts the guard, a shell script of a few lines that waits for the end of its standard input. */
export function startProcessGuard(folder: string): ProcessGuard {
  const guard = spawn('sh', [fileURLToPath(new URL('../guard.sh', import.meta.url))], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const orders = guard.stdin;
  // The stack works without its guard; only what a SIGKILL leaves behind would stay.
  guard.on('error', () => undefined);
  orders.on('error', () => undefined);
  guard.unref();
  const tell = (order: string): void => void orders.write(`${order}\n`);
  tell(`folder ${folder}`);
  return {
    watch: (pid) => tell(`process ${pid}`),
    release: (pid) => tell(`ended ${pid}`),
    dismiss: () => {
      tell('keep');
      orders.end();
    },
  };
}
