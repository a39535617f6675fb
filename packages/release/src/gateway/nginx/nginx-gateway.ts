import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ExperimentError } from '@redmeter/experiment';
import type { TrafficPlan } from '../../plan/traffic-plan.js';
import { ReleaseError } from '../../release-error.js';
import type { ListenAddress } from '../../spec/listen.js';
import type { Gateway, GatewayStatus } from '../gateway.js';
import type { NginxOwner } from './common-conf.js';
import { doorConfiguration } from './door-conf.js';
import { nginxFiles, planFile, revisionSocket, splitSocket } from './nginx-files.js';
import { NginxProcess, removeLeftover } from './nginx-process.js';
import { checkFree, isListening } from './port.js';
import { servedRevision } from './served-revision.js';
import { splitConfiguration } from './split-conf.js';

const POLL_MS = 20;
const RELOAD_TIMEOUT_MS = 30_000;
const STOP_GRACE_MS = 10_000;
// Where the system does not show which workers still take connections; nginx gives new ones 100 ms before it stops the old ones.
const SETTLE_MS = 1000;
// A path of a socket has at most 103 bytes where it has least.
const MAX_FOLDER_BYTES = 88;

/** Options of the adapter. */
export type NginxGatewayOptions = {
  /** The program; `nginx` on PATH by default. */
  readonly program?: string;
};

/**
 * The gateway that is an nginx of the release's own: two processes in the background, which outlive the one that starts them. Its
 * files lie in the folder that the plan names.
 */
export function nginxGateway(folder: string, { program = 'nginx' }: NginxGatewayOptions = {}): Gateway {
  const door = new NginxProcess(nginxFiles(folder, 'door'), program);
  const split = new NginxProcess(nginxFiles(folder, 'split'), program);
  return {
    async apply(plan) {
      checkFolder(folder);
      const listen = listenOf(plan);
      if ((await door.pid()) === undefined) await checkFree(listen);
      await applySplit(split, folder, plan);
      await applyDoor(door, folder, listen);
    },
    status: () => statusOf(door, folder),
    async stop() {
      await door.drain(STOP_GRACE_MS);
      // It has no clients left, but would wait for its idle connections to the versions.
      await split.end(STOP_GRACE_MS);
      await removeSockets(folder);
    },
  };
}

function listenOf({ gateway }: TrafficPlan): ListenAddress {
  if (gateway.kind !== 'nginx') throw new Error(`expected a plan for nginx, got one for ${gateway.kind}`);
  return gateway.listen;
}

async function applySplit(split: NginxProcess, folder: string, plan: TrafficPlan): Promise<void> {
  const files = nginxFiles(folder, 'split');
  const revision = revisionOf(splitConfiguration(files, plan, '', owner()) + JSON.stringify(plan));
  const isRunning = (await split.pid()) !== undefined;
  if (isRunning && (await servedRevision(revisionSocket(folder))) === revision) return;
  await split.test(splitConfiguration(files, plan, revision, owner()));
  await writeFile(planFile(folder, revision), JSON.stringify(plan));
  const before = await split.configuration();
  await split.adopt();
  try {
    if (isRunning) await reloadSplit(split, folder, revision);
    else await startSplit(split, folder, revision);
  } catch (error) {
    // The configuration in the folder is the one being served.
    if (before !== undefined && isRunning) {
      await split.test(before);
      await split.adopt();
    }
    throw error;
  }
  await removeOtherPlans(folder, revision);
}

async function reloadSplit(split: NginxProcess, folder: string, revision: string): Promise<void> {
  const old = await split.acceptingWorkers();
  await split.reload();
  await until(split, async () => (await servedRevision(revisionSocket(folder))) === revision);
  if (old.length === 0) await wait(SETTLE_MS);
  else await until(split, async () => !(await split.acceptingWorkers()).some((pid) => old.includes(pid)));
}

async function startSplit(split: NginxProcess, folder: string, revision: string): Promise<void> {
  // One that was killed leaves them behind, and none could listen there.
  await removeSockets(folder);
  await split.start();
  await until(split, async () => (await servedRevision(revisionSocket(folder))) === revision);
}

async function applyDoor(door: NginxProcess, folder: string, listen: ListenAddress): Promise<void> {
  const text = doorConfiguration(nginxFiles(folder, 'door'), listen, owner());
  const isRunning = (await door.pid()) !== undefined;
  const before = await door.configuration();
  if (isRunning && before === text) return;
  await door.test(text);
  if (isRunning) await checkFree(listen);
  await door.adopt();
  if (isRunning) await door.reload();
  else await door.start();
  await until(door, () => isListening(listen));
}

async function statusOf(door: NginxProcess, folder: string): Promise<GatewayStatus> {
  const revision = await servedRevision(revisionSocket(folder));
  if (revision === undefined) return { kind: 'down', reason: `no nginx is running for ${folder}` };
  if ((await door.pid()) === undefined)
    return { kind: 'down', reason: `the nginx of ${folder} that receives users' requests is not running` };
  const file = planFile(folder, revision);
  const plan = JSON.parse(await readFile(file, 'utf8')) as TrafficPlan;
  return { kind: 'serving', plan, since: (await stat(file)).mtime.toISOString() };
}

async function until(nginx: NginxProcess, holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + RELOAD_TIMEOUT_MS;
  while (!(await holds())) {
    if (performance.now() >= deadlineMs) {
      const reason = await nginx.lastErrors();
      throw new ReleaseError(
        'gateway_refused',
        `expected nginx to serve the plan within ${RELOAD_TIMEOUT_MS / 1000} s, got: ${reason}`,
      );
    }
    await wait(POLL_MS);
  }
}

async function removeOtherPlans(folder: string, revision: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/^plan-[0-9a-f]+\.json$/.test(name) && join(folder, name) !== planFile(folder, revision)) {
      await removeLeftover(join(folder, name));
    }
  }
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function removeSockets(folder: string): Promise<void> {
  await removeLeftover(splitSocket(folder));
  await removeLeftover(revisionSocket(folder));
  for (const name of await filesIn(folder)) {
    if (/^tls-\d+\.sock$/.test(name)) await removeLeftover(join(folder, name));
  }
}

function checkFolder(folder: string): void {
  if (Buffer.byteLength(folder) <= MAX_FOLDER_BYTES) return;
  throw new ExperimentError(
    'invalid_usage',
    `expected gateway.nginx.folder to have a path of at most ${MAX_FOLDER_BYTES} bytes, since it contains sockets, got ${Buffer.byteLength(folder)}: ${folder}`,
  );
}

function owner(): NginxOwner {
  return { rootUser: process.getuid?.() === 0 ? userInfo().username : undefined };
}

function revisionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
