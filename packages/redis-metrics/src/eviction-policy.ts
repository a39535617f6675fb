import { messageOf } from './error-text.js';
import type { SendCommand } from './merge-script.js';

/**
 * The server's `maxmemory-policy`, from INFO; undefined where the user may not ask, or the server does not say.
 * Any but `noeviction` takes metrics away when memory is full, and under `volatile-*` metrics first, since they have a TTL.
 */
export async function readEvictionPolicy(send: SendCommand): Promise<string | undefined> {
  try {
    const info = await send('INFO', ['memory']);
    return typeof info === 'string' ? /^maxmemory_policy:(\S+)/m.exec(info)?.[1] : undefined;
  } catch (error) {
    // Writers need no INFO, so least privilege may well refuse it.
    if (messageOf(error).startsWith('NOPERM')) return undefined;
    throw error;
  }
}
