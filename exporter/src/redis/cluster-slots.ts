import { ExporterError } from '../exporter-error.js';
import type { SlotRange } from './redis-target.js';

/** A master in the reply of CLUSTER SLOTS. */
export interface ClusterMaster {
  /** Empty if the node does not know its own address: then it is the address used to connect to it. */
  readonly host: string;
  readonly port: number;
  /** Ascending. */
  readonly slots: readonly SlotRange[];
}

/**
 * Parses the reply of CLUSTER SLOTS: the masters by the first of their slots.
 * @throws ExporterError `unexpected_reply`
 */
export function readClusterSlots(reply: unknown): ClusterMaster[] {
  const ranges = list(reply).map((entry) => {
    const [first, last, master] = list(entry);
    const [host, port] = list(master);
    return { range: { first: Number(first), last: Number(last) }, host: hostOf(host), port: Number(port) };
  });
  ranges.sort((a, b) => a.range.first - b.range.first);
  const masters = new Map<string, ClusterMaster & { readonly slots: SlotRange[] }>();
  for (const { range, host, port } of ranges) {
    const name = `${host}:${port}`;
    const known = masters.get(name);
    const before = known?.slots.at(-1);
    // Adjacent ranges are merged, however the node lists them.
    if (known === undefined) masters.set(name, { host, port, slots: [range] });
    else if (before?.last === range.first - 1) known.slots.splice(-1, 1, { first: before.first, last: range.last });
    else known.slots.push(range);
  }
  return [...masters.values()];
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new ExporterError('unexpected_reply', `CLUSTER SLOTS: expected a list, got ${String(value).slice(0, 80)}`);
}

function hostOf(value: unknown): string {
  return typeof value === 'string' && value !== '?' ? value : '';
}
