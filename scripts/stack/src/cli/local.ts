import { startLocalStack } from '../local-stack.js';
import { partsOf, type PartName, type StackChoice } from '../part-name.js';
import { neededPrograms, programSearch } from '../programs.js';
import type { RunningStack } from '../running-stack.js';
import { installPrograms, type Installer } from '../install/install.js';
import type { Settings } from '../settings.js';

/**
 * Installs what is missing and starts the stack as local processes.
 * @throws StackError
 */
export async function startLocally(
  settings: Settings,
  choice: StackChoice,
  installer: Installer,
  signal: AbortSignal,
): Promise<RunningStack> {
  const { root, environment, say } = installer;
  const search = programSearch(root, settings.exporterVersion, environment);
  const missing = neededPrograms(choice).filter((program) => search(program) === undefined);
  await installPrograms(missing, settings.exporterVersion, installer);

  const parts = partsOf(choice);
  say(`Starting ${parts.filter((name) => name !== 'grafana').join(', ')}; waiting until each is healthy.`);
  const stack = await startLocalStack({ root, environment, ...choice, signal });
  const row = (part: PartName): RunningStack['rows'][number] => {
    const url = stack.urls[part];
    if (url === undefined) return { part, url: '-', state: 'not installed; needs Docker, or grafana on PATH' };
    return { part, url: url.replace('//127.0.0.1:', '//localhost:'), state: 'healthy' };
  };
  return {
    rows: parts.map(row),
    logsHint: `Logs and data: ${stack.folder} (removed at the end)`,
    broken: stack.broken,
    stop: () => stack.stop(),
  };
}
