import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * Before the lane: an engine that answers, the images, and the releases of Compose; tests find them in variables.
 * Not in DOCKER_HOST, which tests of other lanes, run by the same Jest, would take for the developer's own.
 */
export default function engineUp(_: unknown, { rootDir }: { readonly rootDir: string }): void {
  const run = (script: string, ...args: string[]): string => {
    const { status, error, stdout } = spawnSync(join(rootDir, 'scripts/engine', script), args, {
      encoding: 'utf8',
      env: { ...process.env, DOCKER_HOST: process.env['REDMETER_TEST_DOCKER_HOST'] ?? process.env['DOCKER_HOST'] },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (status !== 0) throw new Error(`scripts/engine/${script} failed${error ? `: ${error.message}` : ', see above'}`);
    return stdout.trim();
  };
  try {
    process.env['REDMETER_TEST_DOCKER_HOST'] = run('engine.sh', 'up');
    process.env['REDMETER_UNAVAILABLE_IMAGES'] = run('images.sh');
    process.env['REDMETER_COMPOSE_COMMANDS'] = run('compose.sh', 'commands');
  } catch (error) {
    run('engine.sh', 'down');
    throw error;
  }
}
