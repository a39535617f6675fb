import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.js';
import { newFolder } from '../new-folder.js';
import { startProgram, type ProgramProcess } from '../program-process.js';
import { waitUntil } from '../test-client.js';
import { PrometheusClient } from './prometheus-client.js';

const MAX_ATTEMPTS = 5;

/** A Prometheus of one test file's own. */
export interface PrometheusServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly client: PrometheusClient;
  /** What it has logged last. */
  readonly log: string;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** How a Prometheus is started. */
export interface PrometheusOptions {
  /** Its program; default that of the system, 2.42 on Debian. `prometheus3().prometheus` is the newer one. */
  readonly program?: string;
  /** Its configuration, as prometheus.yaml has it; default none but the defaults. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** More of its arguments, e.g. `['--enable-feature=exemplar-storage']`. */
  readonly args?: readonly string[];
}

/**
 * Starts Prometheus on a free port of loopback, with a folder of its own, and waits until it is ready.
 * @throws Error when it cannot be started, or ends before it is ready, with its last words
 */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<PrometheusServer> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await startAt(await freePort(), options);
    } catch (error) {
      // Another program may have taken a port that was free a moment ago.
      if (tried === MAX_ATTEMPTS || !String(error).includes('address already in use')) throw error;
    }
  }
}

async function startAt(
  port: number,
  { program = 'prometheus', config = {}, args = [] }: PrometheusOptions,
): Promise<PrometheusServer> {
  const folder = newFolder();
  const url = `http://127.0.0.1:${port}`;
  let running: ProgramProcess | undefined;
  const stop = async (): Promise<void> => {
    await running?.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    // JSON is YAML.
    writeFileSync(join(folder, 'prometheus.yaml'), JSON.stringify(config));
    const common = [
      `--config.file=${join(folder, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const fix = 'install it: npm test -- --prepare stack prometheus';
    const server = await startProgram(program, [...common, ...args], { folder, fix });
    running = server;
    await waitUntil(
      'Prometheus is ready',
      async () => server.failure !== undefined || (await fetch(`${url}/-/ready`)).ok,
    );
    if (server.failure !== undefined) throw new Error(server.failure);
    return {
      url,
      client: new PrometheusClient(url),
      get log() {
        return server.output;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
