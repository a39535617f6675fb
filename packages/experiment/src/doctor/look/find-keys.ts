import { setTimeout as sleep } from 'node:timers/promises';
import type { ObservedNode } from './observed-node.js';
import type { Target } from './connect.js';

/** A key under the prefix, and the server that has it. */
export interface FoundKey {
  readonly key: Buffer;
  readonly node: ObservedNode;
}

/** The keys that a scan found. */
export interface KeySearch {
  readonly keys: readonly FoundKey[];
  /** Keys that SCAN passed over, about. */
  readonly visited: number;
  /** Whether it passed over all. */
  readonly isWhole: boolean;
}

/** Keys that one SCAN passes over: well below a millisecond of Redis's time. */
const PAGE = 500;
const MAX_PAUSE_MS = 50;

/** How far a look has come. */
export type ShowProgress = (label: string, done: number, total: number | undefined) => void;

/**
 * Finds the keys under a prefix by SCAN, with a pause after each page as long as the page took, so that Redis is never busy with this
 * for more than half of the time.
 * @param maxKeys keys that are passed over at most, in all nodes together
 */
export async function findKeys(
  target: Target,
  prefix: string,
  maxKeys: number,
  show: ShowProgress,
  signal: AbortSignal,
): Promise<KeySearch> {
  const found = new Map<string, FoundKey>();
  const share = Math.ceil(maxKeys / target.nodes.length);
  let visited = 0;
  let isWhole = target.unreachable.length === 0;
  for (const node of target.nodes) {
    const size = await node.askNumber('DBSIZE');
    let ofNode = 0;
    let cursor = '0';
    do {
      if (ofNode >= share) {
        isWhole = false;
        break;
      }
      const start = performance.now();
      const page = String(Math.min(PAGE, share - ofNode));
      const reply = await node.ask('SCAN', cursor, 'MATCH', `${prefix}:*`, 'COUNT', page);
      if (reply.kind === 'error') {
        isWhole = false;
        break;
      }
      const [next, keys] = reply.value as [Buffer, Buffer[]];
      for (const key of keys) found.set(key.toString('latin1'), { key, node });
      cursor = next.toString();
      ofNode += Number(page);
      show(`keys of ${node.name}`, Math.min(ofNode, size ?? ofNode), size);
      if (cursor !== '0') await pause(performance.now() - start, signal);
    } while (cursor !== '0');
    visited += size === undefined ? ofNode : Math.min(ofNode, size);
  }
  return { keys: [...found.values()], visited, isWhole };
}

/** Waits for as long as something took. @throws what aborts the signal */
export async function pause(tookMs: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.min(tookMs, MAX_PAUSE_MS), undefined, { signal });
}
