import { parse } from 'yaml';
import { lastLinesOf, runCommand, type FinishedCommand } from '../finished-command.js';
import type { Environment } from '../settings.js';
import { StackError } from '../stack-error.js';

/** A service of docker-compose.yml that `up` starts. */
export interface ComposeService {
  readonly name: string;
  readonly image: string | undefined;
  readonly isBuilt: boolean;
}

/** A container as the engine sees it. */
export interface ContainerState {
  readonly service: string;
  /** `running`, `exited`, `restarting`, … */
  readonly status: string;
  /** How often the engine has started it again after it ended by itself. */
  readonly restarts: number;
  /** `starting`, `healthy`, `unhealthy`; undefined where the service has no health check. */
  readonly health: string | undefined;
}

/** How compose is called, and the profiles that it is called with. */
export interface ComposeCall {
  readonly compose: readonly [string, ...string[]];
  readonly profiles: readonly string[];
}

/** docker-compose.yml of one checkout, controlled through Compose v1 or v2. */
export class ComposeProject {
  readonly #compose: readonly [string, ...string[]];
  readonly #profiles: readonly string[];
  readonly #root: string;
  readonly #env: Environment;
  readonly #signal: AbortSignal;

  constructor({ compose, profiles }: ComposeCall, root: string, env: Environment, signal: AbortSignal) {
    this.#compose = compose;
    this.#profiles = profiles;
    this.#root = root;
    this.#env = env;
    this.#signal = signal;
  }

  /** How a person calls compose here. */
  get commandLine(): string {
    return this.#compose.join(' ');
  }

  /**
   * The services outside of profiles, and those of the profiles that compose is called with.
   * @throws StackError `compose-failed` when compose refuses the file
   */
  async services(): Promise<ComposeService[]> {
    const { stdout } = await this.#must('config');
    const file = parse(stdout) as {
      services: Record<string, { image?: string; build?: unknown; profiles?: readonly string[] }>;
    };
    return Object.entries(file.services)
      .filter(
        ([, { profiles = [] }]) => profiles.length === 0 || profiles.some((name) => this.#profiles.includes(name)),
      )
      .map(([name, { image, build }]) => ({ name, image, isBuilt: build !== undefined }));
  }

  /**
   * Gets every image that `up` needs: pulls what is not there, builds the rest.
   * @throws StackError `no-images`
   */
  async fetchImages(): Promise<void> {
    const services = await this.services();
    for (const { name, image, isBuilt } of services) {
      if (isBuilt || image === undefined || (await this.#docker('image', 'inspect', image)).code === 0) continue;
      this.#refuse('no-images', `the image ${image} cannot be pulled`, await this.#run('pull', name));
    }
    const built = services.filter(({ isBuilt }) => isBuilt).map(({ name }) => name);
    if (built.length > 0) {
      this.#refuse('no-images', `the image of ${built.join(', ')} cannot be built`, await this.#run('build', ...built));
    }
  }

  /** @throws StackError `compose-failed` */
  async up(): Promise<void> {
    await this.#must('up', '-d', '--no-build');
  }

  /** Ends the containers and the network, and keeps the volumes. It runs even after an interruption. */
  async down(): Promise<void> {
    const options = { cwd: this.#root, env: this.#env, ownGroup: true };
    const [file, ...args] = this.#compose;
    this.#refuse(
      'compose-failed',
      'the containers could not be stopped',
      await runCommand(file, [...args, 'down'], options),
    );
  }

  /** All containers of the project, the ended ones too. */
  async containers(): Promise<ContainerState[]> {
    const ids = (await this.#must('ps', '-a', '-q')).stdout.split('\n').filter((id) => id !== '');
    if (ids.length === 0) return [];
    const format =
      '{{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} {{.RestartCount}} {{with .State.Health}}{{.Status}}{{end}}';
    const { stdout } = await this.#docker('inspect', '--format', format, ...ids);
    return stdout
      .trim()
      .split('\n')
      .map((line) => {
        const [service = '', status = '', restarts = '0', health = ''] = line.split(' ');
        return { service, status, restarts: Number(restarts), health: health === '' ? undefined : health };
      });
  }

  /** The last lines of a service's log. */
  async lastLines(service: string): Promise<string> {
    const { stdout } = await this.#run('logs', '--no-color', '--tail', '15', service);
    return lastLinesOf(stdout, 15);
  }

  async #must(...args: readonly string[]): Promise<FinishedCommand> {
    const finished = await this.#run(...args);
    this.#refuse('compose-failed', `compose ${args.join(' ')} failed`, finished);
    return finished;
  }

  #run(...args: readonly string[]): Promise<FinishedCommand> {
    const [file, ...first] = this.#compose;
    return this.#call(file, [...first, ...args]);
  }

  #docker(...args: readonly string[]): Promise<FinishedCommand> {
    return this.#call('docker', args);
  }

  async #call(file: string, args: readonly string[]): Promise<FinishedCommand> {
    const options = { cwd: this.#root, env: this.#env, signal: this.#signal, ownGroup: true };
    const finished = await runCommand(file, args, options);
    if (this.#signal.aborted) throw new StackError('interrupted', 'interrupted before the stack was up');
    return finished;
  }

  #refuse(code: 'no-images' | 'compose-failed', what: string, { code: exitCode, output }: FinishedCommand): void {
    if (exitCode === 0) return;
    // The last line of a pull has the reason; the others are its progress.
    const why = code === 'no-images' ? ` ${lastLinesOf(output, 1).trim()}` : `\n${lastLinesOf(output, 10)}`;
    throw new StackError(code, `${what}:${why}`);
  }
}
