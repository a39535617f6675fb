import { createHash } from 'node:crypto';

/** A call of the merge script as the proxy saw it. */
export interface SeenCall {
  readonly ledger: string;
  readonly batch: number;
  /** `EVALSHA sha keys KEYS… ARGV…` */
  readonly command: readonly string[];
}

interface SeenBatch {
  /** Of what must be the same each time it is sent. */
  readonly content: string;
  /** What it adds to each counter of events. */
  readonly adds: ReadonlyMap<string, number>;
}

interface SeenWriter {
  readonly batches: Map<number, SeenBatch>;
  /** The last batch that Redis said it has; 0 when it has none. */
  noted: number;
}

const FIRST_FAMILY_KEY = 5;
const FIRST_FAMILY_ARGUMENT = 8;
const EVENTS = ':counter:chaos_events:';

/**
 * All calls and answers that passed the proxy, checked against the protocol: a batch keeps its content, is sent only when the
 * one before it was acknowledged, and is applied once. What Redis holds must be the sum of the batches up to each writer's ledger,
 * also of writers that were killed and cannot report.
 */
export class History {
  readonly #keepsData: boolean;
  readonly #writers = new Map<string, SeenWriter>();
  /** What is wrong; the first few things. */
  readonly problems: string[] = [];
  answers = 0;

  /** @param keepsData whether Redis keeps all that it acknowledged, so that no batch is ever applied again */
  constructor(keepsData: boolean) {
    this.#keepsData = keepsData;
  }

  /** A call arrived. */
  noteCall({ batch, command, ledger }: SeenCall): void {
    const writer = this.#writerOf(ledger);
    const seen = readBatch(command);
    const earlier = writer.batches.get(batch);
    if (earlier === undefined) writer.batches.set(batch, seen);
    else if (earlier.content !== seen.content)
      this.#report(`batch ${batch} of ${ledger} was sent again with other content`);
    if (this.#keepsData && batch > writer.noted + 1) {
      this.#report(`batch ${batch} of ${ledger} was sent when Redis had ${writer.noted}`);
    }
  }

  /** Redis answered it; the answer may never arrive. @param noted of the answer `gap` */
  noteAnswer({ batch, ledger }: Pick<SeenCall, 'ledger' | 'batch'>, kind: string, noted: number): void {
    this.answers += 1;
    const writer = this.#writerOf(ledger);
    switch (kind) {
      case 'applied':
        if (this.#keepsData && batch <= writer.noted) this.#report(`batch ${batch} of ${ledger} was applied twice`);
        writer.noted = Math.max(this.#keepsData ? writer.noted : 0, batch);
        break;
      case 'duplicate':
        writer.noted = Math.max(writer.noted, batch);
        break;
      case 'gap':
        if (this.#keepsData) this.#report(`Redis lost batches after ${noted} of ${ledger}`);
        writer.noted = noted;
        break;
      case 'unknown':
      case 'dataset':
        if (this.#keepsData) this.#report(`Redis lost the ledger of ${ledger}`);
        writer.noted = 0;
        break;
    }
  }

  /**
   * Compares the counters of events with the sum of the batches that the ledgers say are in the data.
   * @param data what Redis holds, by key
   */
  compare(data: ReadonlyMap<string, string>): readonly string[] {
    const expected = new Map<string, number>();
    for (const [ledger, { batches }] of this.#writers) {
      const last = Number.parseInt(data.get(ledger) ?? '0', 10);
      for (const [number, { adds }] of batches) {
        if (number > last) continue;
        for (const [key, add] of adds) expected.set(key, (expected.get(key) ?? 0) + add);
      }
    }
    const differences: string[] = [];
    for (const [key, sum] of expected) {
      const held = (JSON.parse(data.get(key) ?? '{}') as { readonly value?: number }).value ?? 0;
      if (held !== sum) differences.push(`${key}: its batches add up to ${sum}, in Redis ${held}`);
    }
    return differences;
  }

  #writerOf(ledger: string): SeenWriter {
    let writer = this.#writers.get(ledger);
    if (writer === undefined) {
      writer = { batches: new Map(), noted: 0 };
      this.#writers.set(ledger, writer);
    }
    return writer;
  }

  #report(problem: string): void {
    if (this.problems.length < 20) this.problems.push(problem);
  }
}

function readBatch(command: readonly string[]): SeenBatch {
  const keyTotal = Number(command[2]);
  const keys = command.slice(3, 3 + keyTotal);
  const argv = command.slice(3 + keyTotal);
  const familyTotal = Number(argv[7]);
  // The last key is the mark, with three arguments.
  const series = keys.slice(FIRST_FAMILY_KEY + familyTotal, -1);
  const operations = argv.slice(FIRST_FAMILY_ARGUMENT + familyTotal, -3);
  const adds = new Map<string, number>();
  series.forEach((key, i) => {
    const add = key.includes(EVENTS) ? Number(/"add":(\d+)/.exec(operations[i] ?? '')?.[1] ?? 0) : 0;
    if (add > 0) adds.set(key, (adds.get(key) ?? 0) + add);
  });
  const content = createHash('sha1')
    .update([...series, ...operations].join('\n'))
    .digest('base64');
  return { content, adds };
}
