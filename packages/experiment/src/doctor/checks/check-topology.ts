import type { Facts } from '../facts.js';
import { counted, type Finding } from '../finding.js';
import type { ServerFacts } from '../look/server-facts.js';

const MAX_LAG_S = 10;

/** The state of the cluster, and of replicas. */
export function checkTopology(facts: Facts): Finding[] {
  return [...cluster(facts), ...facts.servers.flatMap(replication)];
}

function cluster({ target, servers }: Facts): Finding[] {
  const findings = target.unreachable.map(({ name, why }): Finding => ({
    code: 'node_unreachable',
    severity: 'error',
    what: `${name}: the node cannot be reached`,
    why: `Its series are missing here, and perhaps in Prometheus (${why}).`,
    todo: 'Start it, or let a replica take over. If it runs, check that this host can reach the address that the cluster names.',
  }));
  if (target.unservedSlots > 0) {
    findings.push({
      code: 'slots_unserved',
      severity: 'error',
      what: `${counted(target.unservedSlots, 'slot')} of the cluster have no node`,
      why: 'Metrics of shards in these slots can neither be written nor read.',
      todo: 'redis-cli --cluster check shows which; redis-cli --cluster fix repairs it.',
    });
  }
  const down = servers.filter(({ clusterInfo }) => (clusterInfo?.get('cluster_state') ?? 'ok') !== 'ok');
  if (down.length > 0) {
    findings.push({
      code: 'cluster_down',
      severity: 'error',
      what: `cluster_state is not ok, says ${down.map(({ node }) => node).join(', ')}`,
      why: 'The cluster refuses commands, so writers keep what they record until it is well.',
      todo: 'redis-cli --cluster check names the nodes and slots that are missing.',
    });
  }
  return findings;
}

function replication({ node, info }: ServerFacts): Finding[] {
  if (info?.get('role') !== 'slave') return replicas(node, info ?? new Map());
  const isDown = info.get('master_link_status') !== 'up';
  return [
    {
      code: 'is_replica',
      severity: isDown ? 'error' : 'warning',
      what: `${node} is a replica${isDown ? ' that does not reach its master' : ''}`,
      why: isDown ? 'What it holds gets older and older.' : 'Writers cannot write to it, and it may lag behind.',
      todo: 'Point writers and readers to the master, by Sentinels if there are any: redis-sentinel://host:26379/master.',
    },
  ];
}

function replicas(node: string, info: ReadonlyMap<string, string>): Finding[] {
  return [...info].flatMap(([field, text]): Finding[] => {
    if (!/^slave\d+$/.test(field)) return [];
    const replica = new Map(text.split(',').map((part) => part.split('=', 2) as [string, string]));
    const [state = 'online', lag = '0'] = [replica.get('state'), replica.get('lag')];
    const isOnline = state === 'online';
    if (isOnline && Number(lag) <= MAX_LAG_S) return [];
    return [
      {
        code: 'replica_lag',
        severity: 'warning',
        what: `${node}: the replica ${replica.get('ip') ?? ''}:${replica.get('port') ?? ''} ${isOnline ? `was last heard ${lag} s ago` : `is in state ${state}`}`,
        why: 'If it took over now, the last writes would be missing. Writers send them again while they hold them.',
        todo: "Check the replica's log, its network, and client-output-buffer-limit for replicas.",
      },
    ];
  });
}
