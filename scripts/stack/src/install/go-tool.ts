import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { lastLinesOf, runCommand } from '../finished-command.js';
import { exporterFolder } from '../programs.js';
import type { Environment } from '../settings.js';
import { StackError } from '../stack-error.js';
import { aloneWith } from './process-lock.js';

/** Where redis_exporter's source is. */
export const exporterModule = 'github.com/oliver006/redis_exporter';

/** A program to be built from its Go module. */
interface GoTool {
  /** e.g. `github.com/oliver006/redis_exporter` */
  readonly module: string;
  /** e.g. `v1.88.0` */
  readonly version: string;
  /** Where the program goes, under the last part of the module's path. */
  readonly folder: string;
}

/**
 * Builds a Go program of one version into a folder, unless it is there already, and returns its full path.
 * It requires the version in a module of its own: `go install module@version` also asks the proxy for the list of all
 * versions, which proxies that serve only pinned ones refuse. `go 1.17` prunes what the dependencies of its dependencies
 * once required, which a proxy may refuse as well.
 * @throws StackError `install-failed`
 */
async function installGoTool(tool: GoTool, env: Environment): Promise<string> {
  const file = join(tool.folder, basename(tool.module));
  if (existsSync(file)) return file;
  mkdirSync(tool.folder, { recursive: true });
  // Two test files that want the same program must not build it twice: that takes minutes.
  return aloneWith(`${file}.lock`, async () => (existsSync(file) ? file : buildGoTool(tool, file, env)));
}

async function buildGoTool(tool: GoTool, file: string, env: Environment): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'redmeter-go-'));
  try {
    writeFileSync(
      join(folder, 'go.mod'),
      `module redmeter.invalid/tools\n\ngo 1.17\n\nrequire ${tool.module} ${tool.version}\n`,
    );
    const built = await runCommand('go', ['install', '-mod=mod', tool.module], {
      cwd: folder,
      env: { ...env, GOBIN: tool.folder },
    });
    if (built.code !== 0) {
      const lines = lastLinesOf(built.output, 15);
      const what = `expected Go to build ${tool.module}@${tool.version} (https://go.dev/doc/install), but it failed`;
      throw new StackError('install-failed', `${what}:\n${lines}`);
    }
    return file;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * redis_exporter of one version, built with Go into `.tools/` of the checkout.
 * @throws StackError `install-failed`
 */
export function buildRedisExporter(root: string, version: string, env: Environment): Promise<string> {
  return installGoTool({ module: exporterModule, version, folder: exporterFolder(root, version) }, env);
}
