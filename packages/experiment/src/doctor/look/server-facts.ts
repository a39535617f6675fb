import type { ObservedNode } from './observed-node.js';

/** An entry of SLOWLOG that a script of redmeter made. */
interface SlowScript {
  readonly script: 'merge' | 'reader';
  readonly durationMs: number;
}

/** What one server says of itself. Undefined is what its user may not ask. */
export interface ServerFacts {
  readonly node: string;
  /** The fields of INFO. */
  readonly info: ReadonlyMap<string, string> | undefined;
  /** The fields of CLUSTER INFO; undefined without a cluster, too. */
  readonly clusterInfo: ReadonlyMap<string, string> | undefined;
  /** Redis's clock less that of this host, in milliseconds, and how far it may be wrong: half of the round trip. */
  readonly clock: { readonly offsetMs: number; readonly uncertaintyMs: number } | undefined;
  /** Keys in the database. */
  readonly databaseKeys: number | undefined;
  readonly slowScripts: readonly SlowScript[] | undefined;
  /** Latency events and the longest of each, in milliseconds; none unless latency-monitor-threshold is set. */
  readonly latencyEvents: readonly { readonly event: string; readonly maxMs: number }[] | undefined;
}

const SLOWLOG_ENTRIES = '128';

/** Asks one server. @throws MetricReaderError `redis_unavailable` */
export async function lookAtServer(node: ObservedNode, prefix: string, isCluster: boolean): Promise<ServerFacts> {
  const beforeMs = Date.now();
  const start = performance.now();
  const time = await node.ask('TIME');
  const roundTripMs = performance.now() - start;
  const redisMs = time.kind === 'reply' ? timeOf(time.value) : undefined;
  return {
    node: node.name,
    info: fieldsOf(await node.askText('INFO')),
    clusterInfo: isCluster ? fieldsOf(await node.askText('CLUSTER INFO')) : undefined,
    clock:
      redisMs === undefined
        ? undefined
        : { offsetMs: redisMs - beforeMs - roundTripMs / 2, uncertaintyMs: roundTripMs / 2 + 1 },
    databaseKeys: await node.askNumber('DBSIZE'),
    slowScripts: await slowScripts(node, prefix),
    latencyEvents: await latencyEvents(node),
  };
}

function timeOf(value: unknown): number {
  const [seconds, micros] = value as [unknown, unknown];
  return Number(seconds) * 1000 + Number(micros) / 1000;
}

function fieldsOf(text: string | undefined): ReadonlyMap<string, string> | undefined {
  if (text === undefined) return undefined;
  return new Map(
    text.split('\r\n').flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );
}

async function slowScripts(node: ObservedNode, prefix: string): Promise<SlowScript[] | undefined> {
  const reply = await node.ask('SLOWLOG GET', SLOWLOG_ENTRIES);
  if (reply.kind === 'error' || !Array.isArray(reply.value)) return undefined;
  return (reply.value as unknown[]).flatMap((entry): SlowScript[] => {
    const [, , micros, args] = entry as [unknown, unknown, unknown, unknown[]];
    const script = scriptOf(args.map(String), prefix);
    return script === undefined ? [] : [{ script, durationMs: Number(micros) / 1000 }];
  });
}

/** The script of redmeter that a command runs: the merge script names its keys; that of readers has none, and begins with its comment. */
function scriptOf(
  [command = '', script = '', ...keys]: readonly string[],
  prefix: string,
): SlowScript['script'] | undefined {
  if (!/^EVAL/i.test(command)) return undefined;
  if (keys.some((key) => key.startsWith(`${prefix}-meta:`))) return 'merge';
  return script.startsWith('-- Joined by npm run generate') ? 'reader' : undefined;
}

async function latencyEvents(node: ObservedNode): Promise<{ event: string; maxMs: number }[] | undefined> {
  const reply = await node.ask('LATENCY LATEST');
  if (reply.kind === 'error' || !Array.isArray(reply.value)) return undefined;
  return (reply.value as unknown[]).map((entry) => {
    const [event, , , maxMs] = entry as unknown[];
    return { event: String(event), maxMs: Number(maxMs) };
  });
}
