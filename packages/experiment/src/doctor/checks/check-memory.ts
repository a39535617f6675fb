import type { Facts } from '../facts.js';
import { counted, size, type Finding } from '../finding.js';
import type { ServerFacts } from '../look/server-facts.js';

const NEARLY_FULL = 0.8;

/** Eviction, memory and persistence of each server. */
export function checkMemory({ servers }: Facts): Finding[] {
  return servers.flatMap((server) => [...eviction(server), ...persistence(server)]);
}

function eviction({ node, info }: ServerFacts): Finding[] {
  const policy = info?.get('maxmemory_policy');
  const most = Number(info?.get('maxmemory') ?? 0);
  const used = Number(info?.get('used_memory') ?? 0);
  const evicted = Number(info?.get('evicted_keys') ?? 0);
  const findings: Finding[] = [];
  if (policy !== undefined && policy !== 'noeviction') {
    findings.push({
      code: 'eviction_policy',
      severity: most > 0 ? 'error' : 'warning',
      what: `${node}: maxmemory-policy is ${policy}`,
      why: `${most > 0 ? `When its ${size(most)} are full` : 'Once maxmemory is set and full'}, Redis deletes keys, and counters start again from 0.`,
      todo: 'CONFIG SET maxmemory-policy noeviction, and the same in the configuration file; or give metrics a Redis of their own.',
    });
  }
  if (evicted > 0) {
    findings.push({
      code: 'evicted_keys',
      severity: 'error',
      what: `${node}: Redis has evicted ${counted(evicted, 'key')} since it started`,
      why: 'Metrics were probably among them; what they had counted is lost.',
      todo: 'Raise maxmemory and set maxmemory-policy to noeviction.',
    });
  }
  if (most > 0 && used > most * NEARLY_FULL) {
    findings.push({
      code: 'memory_full',
      severity: used >= most ? 'error' : 'warning',
      what: `${node}: ${size(used)} of ${size(most)} memory are used`,
      why: policy === 'noeviction' ? 'When it is full, Redis refuses writes.' : 'When it is full, Redis deletes keys.',
      todo: 'Raise maxmemory, or find what grows; the memory of the metrics is in the first lines.',
    });
  }
  return findings;
}

const FAILURES = [
  ['rdb_last_bgsave_status', 'the last snapshot (BGSAVE) failed'],
  ['aof_last_write_status', 'the last write to the append-only file failed'],
  ['aof_last_bgrewrite_status', 'the last rewrite of the append-only file failed'],
] as const;

function persistence({ node, info }: ServerFacts): Finding[] {
  if (info === undefined) return [];
  const findings: Finding[] = [];
  if (info.get('loading') === '1') {
    findings.push({
      code: 'loading',
      severity: 'error',
      what: `${node}: Redis is loading its data`,
      why: 'Until it has finished, it refuses to read and write.',
      todo: 'Wait, then look again.',
    });
  }
  for (const [field, what] of FAILURES) {
    if ((info.get(field) ?? 'ok') === 'ok') continue;
    findings.push({
      code: 'persistence_failed',
      severity: 'error',
      what: `${node}: ${what}`,
      why: 'Redis may refuse writes, and a restart loses what is not on disk.',
      todo: "Look for the reason in Redis's log: most often a full disk or missing permissions.",
    });
  }
  if (info.get('aof_enabled') === '0' && info.get('role') !== 'slave') {
    findings.push({
      code: 'no_append_only_file',
      severity: 'note',
      what: `${node}: appendonly is off`,
      why: 'A crash loses what was written since the last snapshot. Writers that still run send theirs again.',
      todo: 'CONFIG SET appendonly yes, if metrics are to outlive a crash.',
    });
  }
  return findings;
}
