import { newPromClient, newService } from './instruments.js';

// Prints the bytes that a counter series takes, one label, after garbage collection: `library <url>` or `prom-client`.
const SERIES = 100_000;

function usedBytes(): number {
  // Twice: what a first collection finalises, the next one frees.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const bytes: Record<string, number> = {};
if (process.argv[2] === 'library') {
  const service = newService(process.argv[3] ?? '');
  const record = (i: number): void => service.incrementCounter('requests_total', 1, { user: `user-${i}` });
  record(-1);
  await service.flush();
  const before = usedBytes();
  for (let i = 0; i < SERIES; i += 1) record(i);
  bytes['waiting'] = (usedBytes() - before) / SERIES;
  await service.flush();
  bytes['flushed'] = (usedBytes() - before) / SERIES;
  for (let i = 0; i < SERIES; i += 1) record(i);
  await service.flush();
  bytes['flushedAgain'] = (usedBytes() - before) / SERIES;
  record(0);
} else {
  const { counter } = newPromClient(['user']);
  counter.inc({ user: 'user--1' });
  const before = usedBytes();
  for (let i = 0; i < SERIES; i += 1) counter.inc({ user: `user-${i}` });
  bytes['counted'] = (usedBytes() - before) / SERIES;
  counter.inc({ user: 'user-0' });
}
process.stdout.write(JSON.stringify(bytes), () => process.exit());
