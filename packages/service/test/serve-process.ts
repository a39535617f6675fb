import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** `redmeter serve` as a process of its own. */
export type ServeProcess = {
  readonly url: string;
  readonly grpcAddress: string;
  readonly process: ChildProcessByStdio<null, null, Readable>;
  /** What it printed on standard error so far. */
  readonly printed: () => string;
  /** Sends a signal, and waits for the end. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>;
};

const PROGRAM = join(__dirname, '../../experiment/bin/redmeter.mjs');
const SERVING = /serving gRPC \(Iter8 \S+\) at (\S+), HTTP at (\S+)/;

/** Starts `redmeter serve` with these flags, as it was built. Rejects with what it printed when it ends before it serves. */
export async function startServeProcess(
  flags: readonly string[],
  variables: Record<string, string>,
): Promise<ServeProcess> {
  const child = spawn(
    process.execPath,
    [PROGRAM, 'serve', '--grpc', '127.0.0.1:0', '--http', '127.0.0.1:0', ...flags],
    {
      env: { ...process.env, ...variables },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const closed = once(child, 'close') as Promise<[number | null]>;
  let printed = '';
  const [grpcAddress = '', url = ''] = await new Promise<string[]>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const [found, ...addresses] = SERVING.exec(printed) ?? [];
      if (found !== undefined) resolve(addresses);
    });
    closed.then(([code]) => reject(new Error(`ended with ${code}: ${printed}`)), reject);
  });
  return {
    url,
    grpcAddress,
    process: child,
    printed: () => printed,
    async end(signal) {
      child.kill(signal);
      const [code] = await closed;
      return code;
    },
  };
}
