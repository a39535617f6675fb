import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { checkout } from '@redmeter/stack';
import { freePorts, waitFor } from '@redmeter/test-servers';
import { parse } from 'yaml';
import type { ComposeCommand } from './compose-command.js';
import { projectPrefix } from './leftovers.js';

/** What `docker inspect` says of a container, as far as the tests ask. */
export interface Container {
  readonly Id: string;
  readonly Name: string;
  readonly Config: { readonly User: string; readonly Labels: Readonly<Record<string, string>> };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
    readonly RestartPolicy: { readonly Name: string };
  };
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>>;
  };
  readonly State: { readonly Status: string; readonly ExitCode: number; readonly Health?: { readonly Status: string } };
}

/** The parts of a resolved docker-compose.yml that the tests ask for. */
export interface ComposeConfiguration {
  readonly services: Readonly<Record<string, { readonly image?: string } & Readonly<Record<string, unknown>>>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const portVariables = [
  'REDIS_PORT',
  'APP_PORT',
  'EXPORTER_PORT',
  'PROMETHEUS_PORT',
  'GRAFANA_PORT',
  'NATIVE_EXPORTER_PORT',
  'CANDIDATE_PORT',
  'RELEASE_PORT',
] as const;
type PortVariable = (typeof portVariables)[number];

const allProfiles = ['load', 'experiment', 'release'].flatMap((name) => ['--profile', name]);

const run = promisify(execFile);

/** The real docker-compose.yml as a project of its own: a name and ports that meet no other stack on this machine. */
export class TestProject {
  readonly #command: ComposeCommand;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(command: ComposeCommand, environment: NodeJS.ProcessEnv) {
    this.#command = command;
    this.#environment = environment;
  }

  /** @param options.files compose files, the later on top of the earlier; default docker-compose.yml alone */
  static async create(
    command: ComposeCommand,
    options: { readonly ports: 'free' | 'of .env'; readonly files?: readonly string[] },
  ): Promise<TestProject> {
    const ports = options.ports === 'free' ? await freePorts(...portVariables) : {};
    return new TestProject(command, {
      ...process.env,
      DOCKER_HOST: process.env['REDMETER_TEST_DOCKER_HOST'],
      // Compose v2 builds with buildx by default, and Debian's engine comes without it.
      DOCKER_BUILDKIT: '0',
      ...(options.files === undefined ? {} : { COMPOSE_FILE: options.files.join(':') }),
      COMPOSE_PROJECT_NAME: `${projectPrefix}${process.pid}`,
      ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
    });
  }

  get name(): string {
    return this.#environment['COMPOSE_PROJECT_NAME'] ?? '';
  }

  /** The published port of a service. */
  port(variable: PortVariable): number {
    return Number(this.#environment[variable]);
  }

  /** Runs Compose and returns its standard output. */
  async compose(...args: string[]): Promise<string> {
    const [file = '', ...words] = this.#command.words;
    return this.#run(file, [...words, ...args]);
  }

  /**
   * Removes the project's containers, networks, volumes and images, of every profile.
   *
   * Compose's own `--rmi local` removes images side by side; where two services share an image, that fails with
   * "unrecognized image ID". So the images go one after the other.
   */
  async remove(): Promise<void> {
    await this.compose(...allProfiles, 'down', '--volumes', '--remove-orphans');
    const images = await this.docker('images', '--filter', `reference=${this.name}*`, '--format', '{{.Repository}}');
    for (const image of images.split('\n').filter((name) => name !== '')) await this.docker('rmi', '--force', image);
  }

  async docker(...args: string[]): Promise<string> {
    return this.#run('docker', args);
  }

  /** Runs a line as a person would type it at the top of the checkout. */
  async shell(line: string): Promise<string> {
    return this.#run('bash', ['-c', line]);
  }

  /** The environment in which a person's shell would reach this project. */
  get environment(): NodeJS.ProcessEnv {
    return this.#environment;
  }

  /** docker-compose.yml with .env, as Compose understands it. */
  async configuration(): Promise<ComposeConfiguration> {
    return parse(await this.compose(...allProfiles, 'config')) as ComposeConfiguration;
  }

  /** The project's containers by service, those that ended too. */
  async containers(): Promise<Map<string, Container>> {
    const ids = (await this.docker('ps', '-aq', '--filter', `label=com.docker.compose.project=${this.name}`)).trim();
    if (ids === '') return new Map();
    const containers = JSON.parse(await this.docker('inspect', ...ids.split('\n'))) as Container[];
    return new Map(
      containers.map((container) => [container.Config.Labels['com.docker.compose.service'] ?? '', container]),
    );
  }

  /** @throws Error naming the service when there is no container of it */
  async container(service: string): Promise<Container> {
    const container = (await this.containers()).get(service);
    if (container === undefined) throw new Error(`${service}: expected a container, found none`);
    return container;
  }

  /** @throws Error naming who is not healthy when `timeoutMs` are over */
  async untilHealthy(services: readonly string[], timeoutMs: number): Promise<void> {
    let sick: string[] = [];
    await waitFor(
      async () => {
        const containers = await this.containers();
        sick = services.flatMap((service) => {
          const status = containers.get(service)?.State.Health?.Status ?? 'without a health check';
          return status === 'healthy' ? [] : [`${service} is ${status}`];
        });
        return sick.length === 0;
      },
      'every service is healthy',
      timeoutMs,
    ).catch(async (error: unknown) => {
      throw new Error(`${sick.join(', ')}\n${await this.compose('logs', '--tail', '20')}`, { cause: error });
    });
  }

  async #run(file: string, args: readonly string[]): Promise<string> {
    try {
      const { stdout } = await run(file, args, {
        cwd: checkout,
        env: this.#environment,
        maxBuffer: 64 * 1024 * 1024,
      });
      return stdout;
    } catch (error) {
      const { stderr = '' } = error as { stderr?: string };
      throw new Error(`${file} ${args.join(' ')} failed:\n${stderr.slice(-4000)}`, { cause: error });
    }
  }
}
