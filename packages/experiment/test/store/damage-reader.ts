// A process of its own that damages copies of a store in many ways and reads all of each: a damage that ends the process ends this
// one alone. Prints a line for each: `whole` when all was read as it was written, else the code and message of the error.
import { newFolder } from '@redmeter/test-servers';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExperimentError } from '../../src/experiment-error.js';
import { openMetricsStore } from '../../src/store/open-metrics-store.js';
import { readWholeStore } from './whole-store.js';

type Damage = (bytes: Buffer, random: () => number) => Buffer;

const PAGE_BYTES = 4096;

const DAMAGES: Readonly<Record<string, Damage>> = {
  cut: (bytes, random) => bytes.subarray(0, Math.floor(random() * bytes.length)),
  cutAtPage: (bytes, random) => bytes.subarray(0, PAGE_BYTES * Math.floor((random() * bytes.length) / PAGE_BYTES)),
  byte: (bytes, random) => overwrite(bytes, Math.floor(random() * bytes.length), 1, random),
  run: (bytes, random) =>
    overwrite(bytes, Math.floor(random() * bytes.length), 1 + Math.floor(random() * 5000), random),
  fileHeader: (bytes, random) => overwrite(bytes, Math.floor(random() * 100), 1, random),
  pageHeader: (bytes, random) =>
    overwrite(
      bytes,
      PAGE_BYTES * Math.floor((random() * bytes.length) / PAGE_BYTES) + Math.floor(random() * 12),
      1,
      random,
    ),
  zeroPage: (bytes, random) =>
    overwrite(bytes, PAGE_BYTES * Math.floor((random() * bytes.length) / PAGE_BYTES), PAGE_BYTES, () => 0),
  swapPages: (bytes, random) => {
    const [one, other] = [random(), random()].map((at) => PAGE_BYTES * Math.floor((at * bytes.length) / PAGE_BYTES));
    const swapped = Buffer.from(bytes);
    bytes.copy(swapped, one ?? 0, other ?? 0, (other ?? 0) + PAGE_BYTES);
    bytes.copy(swapped, other ?? 0, one ?? 0, (one ?? 0) + PAGE_BYTES);
    return swapped;
  },
};

function overwrite(bytes: Buffer, start: number, length: number, random: () => number): Buffer {
  const copy = Buffer.from(bytes);
  for (let at = start; at < Math.min(start + length, copy.length); at += 1) copy[at] = Math.floor(random() * 256);
  return copy;
}

// Mulberry32: the same damages in each run.
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const [source = '', rounds = '0', seed = '1'] = process.argv.slice(2);
const whole = readFileSync(join(source, 'store.sqlite'));
const random = randomFrom(Number(seed));
const scratch = newFolder();

async function contentOf(folder: string): Promise<string> {
  const store = await openMetricsStore({}, { METRICS_EMBEDDED_FOLDER: folder });
  try {
    return JSON.stringify(await readWholeStore(store));
  } finally {
    await store.close();
  }
}

const expected = await contentOf(source);
for (let round = 0; round < Number(rounds); round += 1) {
  for (const [name, damage] of Object.entries(DAMAGES)) {
    const folder = join(scratch, `${name}-${round}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'store.sqlite'), damage(whole, random));
    const outcome = await contentOf(folder).then(
      (content) => (content === expected ? 'whole' : 'OTHER CONTENT'),
      (error: unknown) =>
        error instanceof ExperimentError ? `${error.code}: ${error.message}` : `UNEXPECTED: ${String(error)}`,
    );
    process.stdout.write(`${name} ${round}: ${outcome}\n`);
    rmSync(folder, { recursive: true });
  }
}
rmSync(scratch, { recursive: true });
