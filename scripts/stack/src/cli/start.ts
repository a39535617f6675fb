import { ComposeProject } from '../compose/compose-project.js';
import { startComposeStack } from '../compose/compose-stack.js';
import { findDockerEngine } from '../compose/docker-engine.js';
import { readCheckoutSettings } from '../checkout.js';
import type { Installer } from '../install/install.js';
import { candidateErrorRate, type StackChoice } from '../part-name.js';
import type { RunningStack } from '../running-stack.js';
import { StackError } from '../stack-error.js';
import { startLocally } from './local.js';

/** Where the stack runs: `auto` takes Docker where it can, else local processes. */
export type StartMode = 'auto' | 'docker' | 'local';

/**
 * Starts the stack in Docker or as local processes.
 * @throws StackError
 */
export async function startStack(
  mode: StartMode,
  choice: StackChoice,
  installer: Installer,
  signal: AbortSignal,
): Promise<RunningStack> {
  const { root, environment, say } = installer;
  const settings = readCheckoutSettings(root, environment);
  if (mode === 'local') return startLocally(settings, choice, installer, signal);

  const engine = await findDockerEngine(environment);
  if (engine.kind === 'absent') {
    if (mode === 'docker')
      throw new StackError('no-docker-engine', `--docker: expected a Docker engine, got: ${engine.reason}`);
    say(`No Docker engine (${engine.reason}): starting local processes instead.`);
    return startLocally(settings, choice, installer, signal);
  }
  try {
    const files = choice.exporter === 'native' ? ['-f', 'docker-compose.yml', '-f', 'docker-compose.native.yml'] : [];
    const { release } = choice;
    const profiles = release === undefined ? [] : ['release'];
    const compose = [...engine.compose, ...files, ...profiles.flatMap((profile) => ['--profile', profile])] as const;
    const variables =
      release === undefined ? {} : { STORE_VERSION: 'v1', CANDIDATE_ERROR_RATE: candidateErrorRate(release) };
    const project = new ComposeProject({ compose, profiles }, root, { ...environment, ...variables }, signal);
    return await startComposeStack(project, settings, choice, say);
  } catch (error) {
    if (!(error instanceof StackError && error.code === 'no-images') || mode === 'docker') throw error;
    say(`The Docker engine responds, but ${error.message}\nStarting local processes instead.`);
    return startLocally(settings, choice, installer, signal);
  }
}
