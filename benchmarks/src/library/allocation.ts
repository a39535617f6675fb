import { GCProfiler, getHeapStatistics } from 'node:v8';

/** What calls of one kind left on the heap. */
export interface Allocation {
  readonly bytesPerCall: number;
  /** Collections meanwhile: each took bytes away that are counted nevertheless. */
  readonly collections: number;
}

/** Keeps the control's objects from being optimized away. */
export const holder: { held: object } = { held: {} };

/** Allocates an object a call: what a measurement must show that would show an allocation. */
export function allocatingControl(n: number): void {
  for (let i = 0; i < n; i += 1) holder.held = { i };
}

/**
 * All that calls allocate: how the heap grew, and what each collection took from it meanwhile. Needs --expose-gc, and a program
 * that has run before, so that it is compiled.
 */
export function allocationOf(program: (n: number) => void, calls: number): Allocation {
  globalThis.gc?.();
  const profiler = new GCProfiler();
  profiler.start();
  const before = getHeapStatistics().used_heap_size;
  program(calls);
  const grown = getHeapStatistics().used_heap_size - before;
  const collections = profiler.stop().statistics;
  const collected = collections.reduce(
    (sum, { beforeGC, afterGC }) => sum + beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize,
    0,
  );
  return { bytesPerCall: (grown + collected) / calls, collections: collections.length };
}
