import { Chunk, MOST_MEMBERS } from './chunk.js';
import { compareBytes, type MergedCopies } from '@redmeter/metric-reader';
import { compareEntries, Copies, type Member } from './copies.js';
import { memberFaces, mergeMember } from './member-text.js';
import type { MetricType } from '@redmeter/metric-format';
import type { SeriesColumns } from './series-columns.js';
import type { SeriesEntry } from './series-entry.js';

const TARGET_MEMBERS = MOST_MEMBERS / 2;

/** All series of one name and type, in the order in which they are shown, in chunks rendered and compressed apart. */
export class SeriesGroup {
  readonly name: string;
  readonly type: MetricType;
  readonly columns: SeriesColumns;
  #chunks: Chunk[] = [];
  #waiting: SeriesEntry[] = [];
  #placed = 0;
  readonly #copies = new Set<Copies>();

  constructor(name: string, type: MetricType, columns: SeriesColumns) {
    this.name = name;
    this.type = type;
    this.columns = columns;
  }

  /** Where the series stand; none of them is empty after `settle`. */
  get chunks(): readonly Chunk[] {
    return this.#chunks;
  }

  /** How many keys have a value. */
  get keyCount(): number {
    return this.#placed + this.#waiting.length;
  }

  /** How many series that makes, copies taken as one; right after `settle`. */
  get seriesCount(): number {
    return this.#chunks.reduce((sum, { members }) => sum + members.length, 0);
  }

  /** Takes in a key that has a value now. */
  add(entry: SeriesEntry): void {
    this.#waiting.push(entry);
  }

  /** Takes out a key that has no value any more. */
  remove(entry: SeriesEntry): void {
    const { chunk } = entry;
    if (chunk === undefined) {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
      return;
    }
    const index = chunk.indexOf(entry.labels);
    const member = chunk.members[index];
    if (member instanceof Copies && member.entries.length > 2) {
      member.entries = member.entries.filter((other) => other !== entry);
      chunk.markChanged(member);
    } else if (member instanceof Copies) {
      const left = member.entries.find((other) => other !== entry);
      this.#copies.delete(member);
      chunk.replace(index, left === undefined ? [] : [left]);
    } else chunk.replace(index, []);
    entry.chunk = undefined;
    this.#placed -= 1;
  }

  /** Notes that a key's value is another. */
  markChanged(entry: SeriesEntry): void {
    const { chunk } = entry;
    if (chunk === undefined) return;
    const isAlone = chunk.members[entry.position] === entry;
    const member = isAlone ? entry : chunk.members[chunk.indexOf(entry.labels)];
    if (member !== undefined) chunk.markChanged(member);
  }

  /** Puts new keys in their places. */
  settle(): void {
    // First, since chunks are searched by their first member.
    if (this.#chunks.some(({ members }) => members.length === 0)) {
      this.#chunks = this.#chunks.filter(({ members }) => members.length > 0);
    }
    if (this.#waiting.length > this.#placed / 4) this.#rebuild();
    else for (const entry of this.#waiting) this.#insert(entry);
    this.#placed += this.#waiting.length;
    this.#waiting = [];
    if (this.#chunks.some(({ members }) => members.length > MOST_MEMBERS)) {
      this.#chunks = this.#chunks.flatMap((chunk) =>
        chunk.members.length > MOST_MEMBERS ? intoChunks(chunk.members) : [chunk],
      );
    }
  }

  /** Brings the text of all chunks up to the moment. */
  render(nowMs: number, withCreated: boolean): void {
    for (const chunk of this.#chunks) {
      chunk.render((member) => memberFaces(this, member, nowMs, withCreated), { nowMs, columns: this.columns });
    }
  }

  /** The keys that are not shown for themselves: added to another, or left out for other bounds. */
  countCopies(nowMs: number): Pick<MergedCopies, 'duplicates' | 'boundsMismatches'> {
    const counts = { duplicates: 0, boundsMismatches: 0 };
    for (const copies of this.#copies) {
      const merged = mergeMember(this, copies, nowMs);
      counts.duplicates += merged?.duplicates ?? 0;
      counts.boundsMismatches += merged?.boundsMismatches ?? 0;
    }
    return counts;
  }

  #rebuild(): void {
    const entries = this.#chunks.flatMap(({ members }) =>
      members.flatMap((member) => (member instanceof Copies ? member.entries : [member])),
    );
    for (const entry of this.#waiting) entries.push(entry);
    entries.sort(compareEntries);
    this.#copies.clear();
    const members: Member[] = [];
    for (const entry of entries) {
      const last = members.at(-1);
      if (last?.labels !== entry.labels) members.push(entry);
      else if (last instanceof Copies) last.entries.push(entry);
      else members[members.length - 1] = this.#newCopies([last, entry]);
    }
    this.#chunks = intoChunks(members);
  }

  #insert(entry: SeriesEntry): void {
    const chunk = this.#chunkFor(entry.labels);
    const index = chunk.indexOf(entry.labels);
    if (index < 0) {
      chunk.insert(-index - 1, entry);
      return;
    }
    const member = chunk.members[index];
    if (member instanceof Copies) {
      member.entries = [...member.entries, entry].sort(compareEntries);
      entry.chunk = chunk;
      chunk.markChanged(member);
    } else if (member !== undefined) {
      chunk.replace(index, [this.#newCopies([member, entry].sort(compareEntries))]);
    }
  }

  #newCopies(entries: SeriesEntry[]): Copies {
    const copies = new Copies(entries);
    this.#copies.add(copies);
    return copies;
  }

  #chunkFor(labels: string): Chunk {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = this.#chunks[middle]?.members[0];
      if (first === undefined || compareBytes(first.labels, labels) <= 0) low = middle + 1;
      else high = middle;
    }
    const found = this.#chunks[Math.max(0, low - 1)];
    if (found !== undefined) return found;
    const chunk = new Chunk([]);
    this.#chunks.push(chunk);
    return chunk;
  }
}

function intoChunks(members: readonly Member[]): Chunk[] {
  const count = Math.ceil(members.length / TARGET_MEMBERS);
  const size = Math.ceil(members.length / Math.max(1, count));
  return Array.from({ length: count }, (_, i) => new Chunk(members.slice(i * size, (i + 1) * size)));
}
