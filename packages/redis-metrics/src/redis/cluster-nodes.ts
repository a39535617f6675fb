import { queryAny, type ConnectionOptions, type Endpoint } from '@redmeter/redis-connector';
import type { ServerLocator } from './server-locator.js';

/** A range of slots and the master that serves it. */
interface SlotRange {
  readonly first: number;
  readonly last: number;
  readonly master: Endpoint;
}

/** The nodes of a Redis Cluster and the slots they serve, as the nodes report them. */
export class ClusterNodes {
  readonly #seeds: readonly ConnectionOptions[];
  /** The nodes in the last report; some may be gone, as may the seeds. */
  #known: readonly Endpoint[] = [];
  #reading: Promise<readonly SlotRange[]> | undefined;

  /** @param seeds at least one; user, password and TLS of the first apply to all nodes */
  constructor(seeds: readonly ConnectionOptions[]) {
    this.#seeds = seeds;
  }

  /** Finds the master of a slot. */
  locatorOf(slot: number): ServerLocator {
    let hint: Endpoint | undefined;
    return {
      locate: () => {
        const next = hint;
        hint = undefined;
        return next === undefined ? this.#masterOf(slot) : Promise.resolve(next);
      },
      redirect: (to) => {
        hint = to;
      },
    };
  }

  async #masterOf(slot: number): Promise<Endpoint> {
    // Concurrent calls share one request.
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    const range = (await this.#reading).find(({ first, last }) => first <= slot && slot <= last);
    if (range === undefined) throw new Error(`no node of the cluster serves slot ${slot}`);
    return range.master;
  }

  async #read(): Promise<readonly SlotRange[]> {
    const [common] = this.#seeds;
    const known = this.#known.map((endpoint) => ({ ...common, ...endpoint }));
    const others = this.#seeds.filter(
      ({ host, port }) => !known.some((node) => node.host === host && node.port === port),
    );
    return queryAny([...known, ...others], 'CLUSTER', ['SLOTS'], (reply, { host = '' }) => {
      const ranges = readSlots(reply, host);
      if (ranges.length === 0) throw new Error('the node serves no slots and knows no node that does');
      this.#known = ranges.flatMap(({ nodes }) => nodes).filter(isFirst);
      return ranges;
    });
  }
}

/** Parses the reply of CLUSTER SLOTS: first and last slot, then host, port and more of the master and its replicas. */
function readSlots(reply: unknown, askedHost: string): (SlotRange & { readonly nodes: readonly Endpoint[] })[] {
  return (reply as [number, number, ...(readonly [string | null, number])[]][]).flatMap(([first, last, ...nodes]) => {
    // A node that does not know its own address returns none: it is the address that was used.
    const endpoints = nodes.map(([host, port]) => ({ host: host === null || host === '' ? askedHost : host, port }));
    const [master] = endpoints;
    return master === undefined ? [] : [{ first, last, master, nodes: endpoints }];
  });
}

function isFirst({ host, port }: Endpoint, at: number, all: readonly Endpoint[]): boolean {
  return all.findIndex((other) => other.host === host && other.port === port) === at;
}
