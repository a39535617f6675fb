import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSettings, type Environment, type Settings } from './settings.js';
import { StackError } from './stack-error.js';

/** The checkout that contains this package. */
export const checkout = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * The settings of a checkout: its `.env`, and over it the environment.
 * @throws StackError `bad-setting`
 */
export function readCheckoutSettings(root: string, environment: Environment): Settings {
  const file = join(root, '.env');
  let dotEnv: string;
  try {
    dotEnv = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StackError('bad-setting', `${file}: expected the stack's settings, got ${reason}; git checkout .env`, {
      cause: error,
    });
  }
  return readSettings(dotEnv, environment);
}
