import { clientAddress, hostAndPort } from '../address.js';
import { prometheusTargetsHealth } from '../parts/prometheus.js';
import { partsOf, type PartName, type StackChoice } from '../part-name.js';
import { refusePortsInUse } from '../port-in-use.js';
import type { RunningStack } from '../running-stack.js';
import type { Settings } from '../settings.js';
import { StackError } from '../stack-error.js';
import type { ComposeProject, ContainerState } from './compose-project.js';

const pollMs = 1_000;
const readyTimeoutMs = 180_000;

/**
 * Brings docker-compose.yml up and waits until each container is healthy and Prometheus scrapes.
 * @throws StackError `no-images` before anything runs; `port-in-use`, `compose-failed`, `part-ended` or
 * `part-not-healthy` when nothing of it runs any more.
 */
export async function startComposeStack(
  project: ComposeProject,
  settings: Settings,
  choice: StackChoice,
  say: (line: string) => void,
): Promise<RunningStack> {
  const parts = partsOf(choice);
  if ((await project.containers()).some(({ status }) => status === 'running')) {
    throw new StackError(
      'port-in-use',
      `the stack is running in Docker already; to stop it: ${project.commandLine} down`,
    );
  }
  await refusePortsInUse(parts, settings);
  say('Getting the images that are missing, and building the store.');
  await project.fetchImages();
  say('Starting the containers; waiting until each is healthy.');
  try {
    await project.up();
    await untilHealthy(project, settings);
  } catch (error) {
    await project.down();
    throw error;
  }

  let isStopping = false;
  return {
    rows: parts.map((part) => ({ part, url: urlOf(part, settings), state: 'healthy' })),
    logsHint: `Logs: ${project.commandLine} logs`,
    broken: watch(project, () => isStopping),
    async stop() {
      isStopping = true;
      await project.down();
    },
  };
}

async function untilHealthy(project: ComposeProject, settings: Settings): Promise<void> {
  const address = hostAndPort(clientAddress(settings.bindAddress), settings.ports.prometheus);
  const targets = prometheusTargetsHealth(`http://${address}`);
  const deadline = Date.now() + readyTimeoutMs;
  for (;;) {
    const containers = await project.containers();
    await refuseEnded(project, containers);
    const unready = containers.find(({ health = 'healthy' }) => health !== 'healthy');
    const health = unready === undefined ? await targets() : undefined;
    if (health?.kind === 'healthy') return;
    if (Date.now() > deadline) {
      const [name, reason] =
        unready === undefined ? ['prometheus', health?.reason ?? ''] : [unready.service, unready.health ?? ''];
      const lines = await project.lastLines(name);
      throw new StackError(
        'part-not-healthy',
        `${name} did not become healthy in time: ${reason}; its last lines:\n${lines}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

async function refuseEnded(project: ComposeProject, containers: readonly ContainerState[]): Promise<void> {
  const ended = containers.find(({ status, restarts }) => status === 'exited' || status === 'dead' || restarts > 0);
  if (ended === undefined) return;
  const lines = await project.lastLines(ended.service);
  throw new StackError('part-ended', `${ended.service} ended; its last lines:\n${lines}`);
}

/** Resolves with the message of the first container that ends by itself; never, once `isStopping`. */
async function watch(project: ComposeProject, isStopping: () => boolean): Promise<string> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    if (isStopping()) return new Promise(() => undefined);
    try {
      await refuseEnded(project, await project.containers());
    } catch (error) {
      if (isStopping()) continue;
      return error instanceof Error ? error.message : String(error);
    }
  }
}

function urlOf(part: PartName, { bindAddress, ports }: Settings): string {
  const host = clientAddress(bindAddress);
  const address = hostAndPort(host === '127.0.0.1' ? 'localhost' : host, ports[part]);
  const paths: Partial<Record<PartName, string>> = {
    ...{ store: '/api/store', candidate: '/api/store', exporter: '/metrics', native: '/metrics' },
  };
  return `${part === 'redis' ? 'redis' : 'http'}://${address}${paths[part] ?? ''}`;
}
