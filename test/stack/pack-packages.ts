import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkout } from '@redmeter/stack';

/** A packed workspace. */
export interface Packed {
  /** Path of its archive. */
  readonly archive: string;
  /** Paths of the files in it. */
  readonly paths: readonly string[];
}

/** Packs workspaces as npm publishes them. */
export async function packPackages<Workspace extends string>(
  workspaces: readonly Workspace[],
  folder: string,
): Promise<ReadonlyMap<Workspace, Packed>> {
  const options = workspaces.flatMap((workspace) => ['-w', workspace]);
  const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--pack-destination', folder, ...options], {
    cwd: checkout,
  });
  // npm 10 prints a list, npm 11 an object by name; the order is that of the arguments.
  const answers = Object.values(
    JSON.parse(stdout) as Record<string, { filename: string; files: readonly { path: string }[] }>,
  );
  return new Map(
    workspaces.map((workspace, i) => {
      const { filename = '', files = [] } = answers[i] ?? {};
      return [workspace, { archive: join(folder, filename), paths: files.map(({ path }) => path) }];
    }),
  );
}
