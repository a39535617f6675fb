import { compareBytes, type MergedCopies } from '@redmeter/metric-reader';
import type { MetricType } from '@redmeter/metric-format';
import { Chunk, MAX_MEMBERS } from './chunk.js';
import { Copies, entriesOf, type Member } from '../entries/copies.js';
import { labelText, type LabelSource } from './member-labels.js';
import { lineWriter } from './line-writer.js';
import { memberFaces, memberValue, mergeMember, type OpenMetricsExtras } from './member-lines.js';
import { memberLabelFields, memberSample, memberValues } from './member-messages.js';
import { messageWriter } from './message-writer.js';
import type { Form } from '../form.js';
import type { SeriesColumns } from '../entries/series-columns.js';
import type { EntryGroup, EntryHome, SeriesEntry } from '../entries/series-entry.js';

const NONE: ReadonlySet<Member> = new Set();
const TARGET_MEMBERS = MAX_MEMBERS / 2;
/** The share of new keys above which all are put in order again: each that is put in by itself is compared with many. */
const REBUILT_SHARE = 1 / 16;

/** All series of one name and type, in the order in which they are shown, in chunks rendered and compressed apart. */
export class SeriesGroup implements EntryGroup, EntryHome {
  readonly source: LabelSource;
  readonly name: string;
  readonly type: MetricType;
  readonly columns: SeriesColumns;
  #chunks: Chunk[] = [];
  readonly #chunkByNumber = new Map<number, Chunk>();
  #chunkNumber = 0;
  #waiting: SeriesEntry[] = [];
  #placed = 0;
  readonly #copies = new Set<Copies>();
  #hidden: ReadonlySet<Member> = NONE;
  #layout = 0;

  constructor(source: LabelSource, name: string, type: MetricType, columns: SeriesColumns) {
    this.source = source;
    this.name = name;
    this.type = type;
    this.columns = columns;
  }

  get group(): this {
    return this;
  }

  /** Where the series stand; none of them is empty after `settle`. */
  get chunks(): readonly Chunk[] {
    return this.#chunks;
  }

  /** How many keys have a value. */
  get keyCount(): number {
    return this.#placed + this.#waiting.length;
  }

  /** How many series of it are shown here, copies taken as one; right after `settle`. */
  get seriesCount(): number {
    return this.#chunks.reduce((sum, { members }) => sum + members.length, 0) - this.#hidden.size;
  }

  /** Counts up when series come or go; right after `settle`. */
  get layout(): number {
    return this.#layout;
  }

  /** The labels of each series; right after `settle`. */
  *labels(): Generator<string> {
    for (const { members } of this.#chunks) for (const member of members) yield labelText(member, this.source);
  }

  /** The series with these labels; right after `settle`. */
  find(labels: string): Member | undefined {
    const { chunk, index } = this.#placeOf(labels);
    const member = chunk?.members[index];
    return member !== undefined && labelText(member, this.source) === labels ? member : undefined;
  }

  /** Shows no series with these labels here, and all others. */
  hide(labels: ReadonlySet<string>): void {
    if (labels.size === 0 && this.#hidden.size === 0) return;
    const here = new Set([...labels].flatMap((one) => this.find(one) ?? []));
    const isSame = here.size === this.#hidden.size && [...here].every((one) => this.#hidden.has(one));
    this.#hidden = here;
    if (!isSame) for (const chunk of this.#chunks) chunk.layOutAnew();
  }

  /** Takes in a key that has a value now. */
  add(entry: SeriesEntry): void {
    this.#waiting.push(entry);
  }

  /** Takes out a key that has no value any more. */
  remove(entry: SeriesEntry): void {
    this.#layout += 1;
    const chunk = this.#chunkOf(entry);
    if (chunk === undefined) {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
      return;
    }
    const index = chunk.indexOf(entry);
    const member = chunk.members[index];
    if (member instanceof Copies) {
      this.#copies.delete(member);
      const [left, ...others] = member.entries.filter((other) => other !== entry);
      if (left === undefined) chunk.replace(index, []);
      else chunk.replace(index, [others.length === 0 ? left : this.#newCopies([left, ...others])]);
    } else chunk.replace(index, []);
    this.columns.chunk[entry.slot] = 0;
    this.#placed -= 1;
  }

  /** Notes that a key's value is another. */
  markChanged(entry: SeriesEntry): void {
    this.#chunkOf(entry)?.markChanged(entry);
  }

  /** Puts new keys in their places. */
  settle(): void {
    if (this.#waiting.length > 0) this.#layout += 1;
    // First, since chunks are searched by their first member.
    if (this.#chunks.some(({ members }) => members.length === 0)) {
      this.#setChunks(this.#chunks.filter(({ members }) => members.length > 0));
    }
    if (this.#waiting.length > this.#placed * REBUILT_SHARE) this.#rebuild();
    else for (const entry of this.#waiting) this.#insert(entry);
    this.#placed += this.#waiting.length;
    this.#waiting = [];
    if (this.#chunks.some(({ members }) => members.length > MAX_MEMBERS)) {
      this.#setChunks(
        this.#chunks.flatMap((chunk) =>
          chunk.members.length > MAX_MEMBERS ? this.#intoChunks(chunk.members) : [chunk],
        ),
      );
    }
  }

  /**
   * Brings all chunks up to the moment.
   * @param forms those that are wanted
   */
  render(nowMs: number, withCreated: boolean, forms: ReadonlySet<Form>): void {
    const extras = (hasExemplars: boolean): OpenMetricsExtras =>
      withCreated || hasExemplars ? { withCreated } : undefined;
    const text = lineWriter({
      faces: (member, has) => (this.#isHidden(member) ? [] : memberFaces(this, member, nowMs, extras(has))),
      value: (member, has) => (this.#isHidden(member) ? undefined : memberValue(this, member, extras(has))),
    });
    const protobuf = messageWriter({
      labels: (member) => memberLabelFields(this, member),
      values: (member) => (this.#isHidden(member) ? [] : memberValues(this, member, nowMs)),
      sample: (member) => (this.#isHidden(member) ? undefined : memberSample(this, member)),
    });
    const writers = {
      text: forms.has('text') ? text : undefined,
      protobuf: forms.has('protobuf') ? protobuf : undefined,
    };
    for (const chunk of this.#chunks) chunk.render({ nowMs, writers });
  }

  /** The keys that are not shown for themselves: added to another, or left out for other bounds. */
  countCopies(nowMs: number): Pick<MergedCopies, 'duplicates' | 'boundsMismatches'> {
    const counts = { duplicates: 0, boundsMismatches: 0 };
    for (const copies of this.#copies) {
      if (this.#isHidden(copies)) continue;
      const merged = mergeMember(this, copies, nowMs);
      counts.duplicates += merged?.duplicates ?? 0;
      counts.boundsMismatches += merged?.boundsMismatches ?? 0;
    }
    return counts;
  }

  /** Hardly ever is there one, and a set is slow to ask (measured). */
  #isHidden(member: Member): boolean {
    return this.#hidden.size > 0 && this.#hidden.has(member);
  }

  #rebuild(): void {
    const entries = [...this.#chunks.flatMap(({ members }) => members.flatMap(entriesOf)), ...this.#waiting];
    const labelled = entries.map((entry) => ({ entry, labels: labelText(entry, this.source) }));
    labelled.sort((a, b) => compareBytes(a.labels, b.labels));
    this.#copies.clear();
    const members: Member[] = [];
    for (let i = 0; i < labelled.length;) {
      const first = labelled[i];
      if (first === undefined) break;
      const same = [first.entry];
      for (i += 1; labelled[i]?.labels === first.labels; i += 1) same.push(labelled[i]?.entry ?? first.entry);
      members.push(same.length === 1 ? first.entry : this.#newCopies(same));
    }
    this.#setChunks(this.#intoChunks(members));
  }

  #insert(entry: SeriesEntry): void {
    const labels = labelText(entry, this.source);
    const { chunk = this.#firstChunk(), index } = this.#placeOf(labels);
    const member = chunk.members[index];
    if (member === undefined || labelText(member, this.source) !== labels) chunk.insert(index, entry);
    else {
      if (member instanceof Copies) this.#copies.delete(member);
      chunk.replace(index, [this.#newCopies([...entriesOf(member), entry])]);
    }
  }

  /** Where the series with these labels stands, or would stand. */
  #placeOf(labels: string): { readonly chunk: Chunk | undefined; readonly index: number } {
    const compare = (member: Member | undefined): number =>
      member === undefined ? 1 : compareBytes(labelText(member, this.source), labels);
    const after = firstIndex(this.#chunks.length, (i) => compare(this.#chunks[i]?.members[0]) > 0);
    const chunk = this.#chunks[Math.max(0, after - 1)];
    return { chunk, index: firstIndex(chunk?.members.length ?? 0, (i) => compare(chunk?.members[i]) >= 0) };
  }

  #newCopies(entries: readonly SeriesEntry[]): Copies {
    const copies = new Copies(entries);
    this.#copies.add(copies);
    return copies;
  }

  #firstChunk(): Chunk {
    const chunk = this.#newChunk([]);
    this.#setChunks([chunk]);
    return chunk;
  }

  #newChunk(members: Member[]): Chunk {
    this.#chunkNumber += 1;
    return new Chunk(this.#chunkNumber, members, this.columns);
  }

  #intoChunks(members: readonly Member[]): Chunk[] {
    const count = Math.ceil(members.length / TARGET_MEMBERS);
    const size = Math.ceil(members.length / Math.max(1, count));
    return Array.from({ length: count }, (_, i) => this.#newChunk(members.slice(i * size, (i + 1) * size)));
  }

  #setChunks(chunks: Chunk[]): void {
    this.#chunks = chunks;
    this.#chunkByNumber.clear();
    for (const chunk of chunks) this.#chunkByNumber.set(chunk.number, chunk);
  }

  /** The chunk in which a key stands; undefined while it waits. */
  #chunkOf({ slot }: SeriesEntry): Chunk | undefined {
    const number = this.columns.chunk[slot] ?? 0;
    // A map is slow to ask (measured), and most groups have one chunk.
    const [first] = this.#chunks;
    return first?.number === number ? first : this.#chunkByNumber.get(number);
  }
}

/** The first index from which on a condition holds; `length` where it never does. */
function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
