import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '@redmeter/stack';

/** What configs/redis/users.acl says of a user, but for its password. */
export function userRules(user: 'redmeter-writer' | 'redmeter-reader'): string[] {
  const lines = readFileSync(join(checkout, 'configs/redis/users.acl'), 'utf8').split('\n');
  const own = lines.slice(lines.indexOf(`user ${user}`) + 1);
  const next = own.findIndex((line) => line.startsWith('user '));
  return own
    .slice(0, next < 0 ? own.length : next)
    .filter((line) => !line.trim().startsWith('#'))
    .join(' ')
    .split(/\s+/)
    .filter((rule) => rule !== '' && rule !== 'on' && !rule.startsWith('#'));
}
