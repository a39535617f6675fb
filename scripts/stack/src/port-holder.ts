import { execFile } from 'node:child_process';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Who listens on a TCP port, as ` by redis-server (process 4711)`, or nothing if that is unknown. */
export async function portHolder(port: number): Promise<string> {
  try {
    const holder = process.platform === 'linux' ? await linuxHolder(port) : await lsofHolder(port);
    return holder === undefined ? '' : ` by ${holder.name} (process ${holder.pid})`;
  } catch {
    // No lsof, or another user's process: the port number and the fix must be enough.
    return '';
  }
}

interface Holder {
  readonly name: string;
  readonly pid: string;
}

const listenState = '0A';

/** /proc alone, since a fresh Debian has neither lsof nor ss. */
async function linuxHolder(port: number): Promise<Holder | undefined> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8')));
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const sockets = tables
    .flatMap((table) => table.split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(`:${hexPort}`) === true && columns[3] === listenState)
    .map((columns) => `socket:[${columns[9] ?? ''}]`);
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (await holdsOneOf(pid, sockets)) {
      // Not comm, which ends after 15 characters and is MainThread for some versions of Node.
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
      return { name: basename(commandLine.split(/[\0 ]/, 1)[0] ?? ''), pid };
    }
  }
  return undefined;
}

async function holdsOneOf(pid: string, sockets: readonly string[]): Promise<boolean> {
  try {
    const folder = `/proc/${pid}/fd`;
    const links = await Promise.all((await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => '')));
    return links.some((link) => sockets.includes(link));
  } catch {
    // It has ended meanwhile, or belongs to another user.
    return false;
  }
}

async function lsofHolder(port: number): Promise<Holder | undefined> {
  const { stdout } = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']);
  const pid = /^p(\d+)$/m.exec(stdout)?.[1];
  const name = /^c(.+)$/m.exec(stdout)?.[1];
  return pid === undefined || name === undefined ? undefined : { name, pid };
}
