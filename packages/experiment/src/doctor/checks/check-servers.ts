import type { Facts } from '../facts.js';
import { counted, duration, type Finding } from '../finding.js';
import type { ServerFacts } from '../look/server-facts.js';

const OLDEST = { major: 7, minor: 0 } as const;
const MAX_CLOCK_MS = 1000;
const SLOW_LATENCY_MS = 100;

/** Version, clock and slow commands of each server. */
export function checkServers({ servers }: Facts): Finding[] {
  return servers.flatMap((server) => [
    ...version(server),
    ...clock(server),
    ...slowScripts(server),
    ...latency(server),
  ]);
}

function version({ node, info }: ServerFacts): Finding[] {
  const found = info?.get('redis_version');
  const [major = 0, minor = 0] = (found ?? '').split('.').map(Number);
  const isOld = major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor);
  if (found === undefined || !isOld) return [];
  return [
    {
      code: 'old_redis',
      severity: 'error',
      what: `${node}: Redis ${found} is too old`,
      why: 'redmeter works with Redis 7.0 and later, and Valkey.',
      todo: 'Upgrade Redis.',
    },
  ];
}

function clock({ node, clock: found }: ServerFacts): Finding[] {
  if (found === undefined || Math.abs(found.offsetMs) - found.uncertaintyMs < MAX_CLOCK_MS) return [];
  const side = found.offsetMs > 0 ? 'ahead of' : 'behind';
  return [
    {
      code: 'clock',
      severity: 'warning',
      what: `${node}: its clock is ${duration(Math.abs(found.offsetMs))} ${side} that of this host`,
      why: 'Metrics carry the time of Redis. If that is wrong, alerts on stale data fire, or never do.',
      todo: 'Let both hosts keep time by NTP or chrony.',
    },
  ];
}

const SCRIPTS = {
  merge: {
    name: 'the merge script',
    todo: 'Check whether the server is short of CPU or swaps; large histograms take longest.',
  },
  reader: {
    name: 'redis-exporter.lua',
    todo: 'Use the native exporter, which reads in small steps, or scrape less often.',
  },
} as const;

function slowScripts({ node, slowScripts: entries = [] }: ServerFacts): Finding[] {
  return (['merge', 'reader'] as const).flatMap((script): Finding[] => {
    const own = entries.filter((entry) => entry.script === script);
    if (own.length === 0) return [];
    const longest = duration(Math.max(...own.map(({ durationMs }) => durationMs)));
    return [
      {
        code: 'slow_script',
        severity: 'warning',
        what: `${node}: SLOWLOG has ${counted(own.length, 'call')} of ${SCRIPTS[script].name}, the longest of ${longest}`,
        why: 'Redis serves nobody else while a script runs.',
        todo: SCRIPTS[script].todo,
      },
    ];
  });
}

function latency({ node, latencyEvents: events = [] }: ServerFacts): Finding[] {
  const slow = events.filter(({ maxMs }) => maxMs >= SLOW_LATENCY_MS);
  if (slow.length === 0) return [];
  return [
    {
      code: 'latency',
      severity: 'warning',
      what: `${node}: Redis noted delays of up to ${duration(Math.max(...slow.map(({ maxMs }) => maxMs)))}`,
      why: 'Flushes and scrapes wait as long.',
      todo: 'LATENCY DOCTOR explains the events; LATENCY RESET forgets them.',
      examples: slow.map(({ event, maxMs }) => `${event}: ${duration(maxMs)}`),
    },
  ];
}
