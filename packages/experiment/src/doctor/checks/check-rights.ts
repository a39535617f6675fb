import type { Facts } from '../facts.js';
import type { Finding } from '../finding.js';

/** Without one of these, Redis is not even asked for others. */
const KEY_COMMANDS = ['scan', 'type', 'pttl', 'memory|usage', 'get', 'getrange', 'hstrlen', 'hmget'];

/** What the user may not do of all that is looked at, and the line that grants it. */
export function checkRights({ refused, target, prefix }: Facts): Finding[] {
  const commands = [...refused.commands].sort();
  const patterns = refused.keys.size > 0 ? [`%R~${prefix}:*`, `%R~${prefix}-meta:*`] : [];
  if (commands.length === 0 && patterns.length === 0) return [];
  const missing = [...commands, ...(patterns.length > 0 ? ['some keys'] : [])].join(', ');
  const isAboutKeys = patterns.length > 0 || KEY_COMMANDS.some((command) => refused.commands.has(command));
  const granted = new Set([...commands, ...(isAboutKeys ? KEY_COMMANDS : [])]);
  return [
    {
      code: 'missing_rights',
      severity: 'warning',
      what: `The user ${target.user} may not look at everything`,
      why: `Findings may be missing. Redis answered NOPERM for ${missing}.`,
      todo: `ACL SETUSER ${target.user} ${[...patterns, ...[...granted].map((command) => `+${command}`)].join(' ')}`,
    },
  ];
}
