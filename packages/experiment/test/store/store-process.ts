import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** Instructions to a process that writes to a store. */
export type WriterOptions = {
  readonly script: 'store-writer.ts' | 'abn-writer.ts';
  readonly prefix: string;
  readonly count: number;
  readonly variables: Record<string, string>;
};

/** Starts a process that writes to a store. */
export function startWriter(options: WriterOptions): ChildProcessByStdio<null, Readable, null> {
  const { script, prefix, count, variables } = options;
  return spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions', 'redmeter-source', join(__dirname, script), prefix, String(count)],
    { env: { ...process.env, ...variables }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
}

/** Starts a process that writes without end, kills it in the middle, and gives back what it printed as acknowledged. */
export async function killInTheMiddle(options: Omit<WriterOptions, 'count'>, atLeast: number): Promise<string[]> {
  const writer = startWriter({ ...options, count: 1_000_000 });
  let printed = '';
  const enough = new Promise<void>((resolve) =>
    writer.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.split('\n').length > atLeast) resolve();
    }),
  );
  const closed = once(writer, 'close');
  await enough;
  writer.kill('SIGKILL');
  await closed;
  return printed.split('\n').slice(0, -1);
}
