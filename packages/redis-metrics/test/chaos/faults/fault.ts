import type { Deployment } from '../deployments/deployment.js';
import type { MergeProxy } from '../proxy/merge-proxy.js';
import type { Random } from '../random.js';
import type { WriterProcesses } from '../writer-pool.js';

/** What a fault is done with. */
export interface Arena<D extends Deployment> {
  readonly deployment: D;
  readonly proxy: MergeProxy;
  readonly random: Random;
  readonly processes: WriterProcesses;
  /** How many faults of the kind have been done to this Redis before. */
  readonly earlier: number;
}

/**
 * Whether the call that the fault hit had run when it struck; `unknown` where only Redis could tell. `missed` when it hit
 * no call, or not as it was meant to: then it does not count.
 */
export type Strike = 'before' | 'after' | 'unknown' | 'missed';

/** A kind of fault, with the Redis it is done to. */
export interface Fault<D extends Deployment = Deployment> {
  readonly name: string;
  /** Faults of this kind under way at once; default 1. */
  readonly atOnce?: number;
  /** Whether it cuts a connection off with a call under way: of these, half at least must have run when they are cut. */
  readonly isCut?: boolean;
  /** Whether acknowledged recordings may be lost for good: then only numbers of recordings can be compared. */
  readonly isLossy?: boolean;
  /** Whether Redis keeps all that it acknowledges, so that no batch may be applied a second time. */
  readonly keepsData?: boolean;
  /** Whether writers end without a report: then what Redis holds is compared with the calls that the proxy saw. */
  readonly losesWriters?: boolean;
  /** Whether one takes a second or more: then the short form does only one. */
  readonly isSlow?: boolean;
  /** How many of this kind a run of a thousand faults has. */
  readonly share: number;
  /** @param proxy has a door for the server; others are opened for nodes of their own */
  start(proxy: MergeProxy): Promise<D>;
  inject(arena: Arena<D>): Promise<Strike>;
}

/** A fault under way on a Redis of its own. */
export interface StartedFault {
  readonly deployment: Deployment;
  inject(proxy: MergeProxy, random: Random, processes: WriterProcesses): Promise<Strike>;
}

/** A kind of fault, whatever its Redis is. */
export interface FaultKind {
  readonly name: string;
  readonly atOnce: number;
  readonly isCut: boolean;
  readonly isLossy: boolean;
  readonly keepsData: boolean;
  readonly losesWriters: boolean;
  readonly isSlow: boolean;
  readonly share: number;
  start(proxy: MergeProxy): Promise<StartedFault>;
  /** @param deployment one that `start` would start */
  on(deployment: Deployment): StartedFault;
}

/** Forgets which Redis a fault is done to. */
export function faultKind<D extends Deployment>(fault: Fault<D>): FaultKind {
  return {
    name: fault.name,
    atOnce: fault.atOnce ?? 1,
    isCut: fault.isCut ?? false,
    isLossy: fault.isLossy ?? false,
    keepsData: fault.keepsData ?? false,
    losesWriters: fault.losesWriters ?? false,
    isSlow: fault.isSlow ?? false,
    share: fault.share,
    start: async (proxy) => startedOn(fault, await fault.start(proxy)),
    on: (deployment) => startedOn(fault, deployment as D),
  };
}

function startedOn<D extends Deployment>(fault: Fault<D>, deployment: D): StartedFault {
  let earlier = -1;
  return {
    deployment,
    inject(proxy, random, processes) {
      earlier += 1;
      return fault.inject({ deployment, proxy, random, processes, earlier });
    },
  };
}
