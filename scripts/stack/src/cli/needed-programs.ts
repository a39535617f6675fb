import { readCheckoutSettings } from '../checkout.js';
import { installPrograms } from '../install/install.js';
import type { ProgramName } from '../program.js';
import { programSearch } from '../programs.js';
import { StackError } from '../stack-error.js';
import { processInstaller } from './terminal.js';

/**
 * Makes sure that programs are there for a script that needs them, installing those that are missing.
 * @returns whether they are; if not, standard error has the reason and the fix.
 */
export async function ensurePrograms(names: readonly ProgramName[]): Promise<boolean> {
  const installer = processInstaller();
  try {
    const { exporterVersion } = readCheckoutSettings(installer.root, installer.environment);
    const search = programSearch(installer.root, exporterVersion, installer.environment);
    const missing = names.filter((name) => search(name) === undefined);
    await installPrograms(missing, exporterVersion, installer);
    return true;
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    installer.say(error.message);
    return false;
  }
}
