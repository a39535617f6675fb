import { reportSamples } from '@redmeter/metric-reader';
import { contentTypeOf, formOf, type AskedFormat, type Encoding } from '../exposition/format.js';
import { EscapedFamilies, type EscapedAnswer } from '../exposition/escaping/escaped-families.js';
import { Exposition } from '../exposition/exposition.js';
import { ownLines, ownMessages, type OwnFamily } from '../exposition/own-family.js';
import type { Form } from '../series/form.js';
import { gzipOf, type DeflatedPiece } from '../text/deflated-piece.js';
import { TextPiece } from '../text/text-piece.js';
import { messageOf } from '../error-text.js';
import { setImmediate } from 'node:timers/promises';
import type { Logger } from '../logger.js';
import { ReadBudget } from '../reading/read-budget.js';
import type { UnionReading } from '../reading/union-reader.js';
import type { ShownFamily } from '../series/shown-family.js';
import { Scrapers, type ScrapeOrigin } from './scrapers.js';
import { NodeLog } from './node-log.js';
import { ReadLog } from './read-log.js';
import { shownReport, type OwnMetrics } from './own-metrics.js';

const MAX_TURN_MS = 25;

/** Reads all series; what throws is a failed reading. */
export interface SeriesReader {
  /**
   * @param budget after which the answer comes too late
   * @param forms what series are rendered as; looked at when all is read, since scrapes that join a reading add to it
   */
  read(budget: ReadBudget, forms: ReadonlySet<Form>): Promise<UnionReading>;
}

/** What is asked for. */
export interface ScrapeRequest {
  readonly asked: AskedFormat;
  readonly encoding: Encoding;
  /** Milliseconds after which an answer without series is better than none. */
  readonly timeoutMs: number;
  /** Who asks; undefined for one who comes once. */
  readonly origin?: ScrapeOrigin;
}

/** An answer, ready to be sent. */
export interface ScrapeAnswer {
  readonly contentType: string;
  readonly encoding: Encoding;
  readonly body: readonly Buffer[];
  /** Whether Redis was read. */
  readonly isUp: boolean;
  /** To be called once when the body is sent, or will not be: until then it stays as it is. */
  readonly release: () => void;
}

/** What an answer would show now, for the page. */
export type ShownMetrics =
  | {
      readonly kind: 'shown';
      /** Those of the reading, what the reader reports of it, and the exporter's own, each in the order of names. */
      readonly families: readonly ShownFamily[];
      /** Redis's time, milliseconds since the epoch. */
      readonly nowMs: number;
      /** To be called once when the text of the families is needed no more: until then it stays as it is. */
      readonly release: () => void;
    }
  | { readonly kind: 'failed'; readonly why: string };

/** What an answer in protobuf would show now, for those who send it elsewhere. */
export interface ReadMessages {
  /** Those of the reading, none where Redis cannot be read, and after them the exporter's own; all with messages. */
  readonly families: readonly ShownFamily[];
  /** Whether Redis was read. */
  readonly isUp: boolean;
  /** To be called when they have arrived: from then on, new counts have been seen as 0. */
  readonly noteShown: () => void;
  /** See ShownMetrics. */
  readonly release: () => void;
}

type Outcome =
  { readonly kind: 'read'; readonly result: UnionReading } | { readonly kind: 'failed'; readonly why: string };

interface AwaitedReading {
  readonly outcome: Outcome;
  /** Notes that who asks for it gets it. */
  readonly noteShown: () => void;
}

interface ReadingUnderWay {
  readonly budget: ReadBudget;
  /** What those who wait for it want. */
  readonly forms: Set<Form>;
  /** See NewCountRule. */
  readonly number: number;
  /** It never rejects. */
  readonly outcome: Promise<Outcome>;
}

/**
 * Answers scrapes. Those at the same time share one reading. When Redis cannot be read in time, the answer reports that and
 * has no series: a gap is better than old values that look current.
 */
export class Scraper {
  readonly #reader: SeriesReader;
  readonly #metrics: OwnMetrics;
  readonly #logger: Logger;
  readonly #exposition: Exposition;
  readonly #escaped = new EscapedFamilies();
  readonly #nodeLog: NodeLog;
  readonly #readLog: ReadLog;
  readonly #scrapers: Scrapers;
  #reading: ReadingUnderWay | undefined;

  /** @param scrapers the rule by which the reader shows new counts */
  constructor(
    reader: SeriesReader,
    metrics: OwnMetrics,
    logger: Logger,
    withCreated: boolean,
    scrapers: Scrapers = new Scrapers(),
  ) {
    this.#reader = reader;
    this.#metrics = metrics;
    this.#logger = logger;
    this.#exposition = new Exposition(withCreated);
    this.#nodeLog = new NodeLog(metrics, logger);
    this.#readLog = new ReadLog(logger);
    this.#scrapers = scrapers;
  }

  /** Reads Redis, or waits for the reading that is under way, and answers within the time given. */
  async scrape({ asked, encoding, timeoutMs, origin }: ScrapeRequest): Promise<ScrapeAnswer> {
    const { format, escaping } = asked;
    const reading = this.#readWithin(timeoutMs, formOf(format), origin);
    const ofProcess = this.#metrics.familiesOfProcess();
    // Until it is waited for, a failure of it would end the process.
    ofProcess.catch(() => undefined);
    const { outcome, noteShown } = await reading;
    noteShown();
    const isUp = outcome.kind === 'read';
    const families = outcome.kind === 'read' ? outcome.result.snapshot.families : [];
    // Before anything waits: the next reading may write what changed over these.
    const release = hold(families);
    try {
      const own = await this.#metrics.families(await ofProcess, isUp);
      const taken = own.map(({ name }) => name);
      const escaped = this.#escaped.escape(families, { scheme: escaping, format, taken });
      const report = outcome.kind === 'read' ? shownReport(reportSamples(reportOf(outcome.result, escaped))) : [];
      const pieces = this.#exposition.pieces(escaped.families, format, [...report, ...own]);
      const answer = { contentType: contentTypeOf(asked), encoding, isUp };
      if (encoding === 'identity') return { ...answer, body: pieces.map(({ bytes }) => bytes), release };
      const body = gzipOf(await deflateAll(pieces));
      // What is compressed is never written over.
      release();
      return { ...answer, body, release: () => undefined };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** What an answer would show now, with a reading that is under way if there is one. It never rejects. */
  async readForPage(timeoutMs: number): Promise<ShownMetrics> {
    const { outcome } = await this.#readWithin(timeoutMs, 'text');
    if (outcome.kind === 'failed') return outcome;
    const { snapshot, nowMs } = outcome.result;
    // Before anything waits: the next reading may write what changed over these.
    const release = hold(snapshot.families);
    try {
      const report = shownReport(reportSamples(reportOf(outcome.result)));
      const ofExporter = await this.#metrics.families(await this.#metrics.familiesOfProcess(), true);
      const own = [...report, ...ofExporter].map((family) => shownOwn(family, { lines: ownLines(family) }));
      return { kind: 'shown', families: [...snapshot.families, ...own], nowMs, release };
    } catch (error) {
      release();
      return { kind: 'failed', why: messageOf(error) };
    }
  }

  /**
   * What an answer in protobuf would show now, with a reading that is under way if there is one.
   * @param origin who asks, like a scraper that comes again and again
   */
  async readMessages(timeoutMs: number, origin: ScrapeOrigin): Promise<ReadMessages> {
    const { outcome, noteShown } = await this.#readWithin(timeoutMs, 'protobuf', origin);
    const isUp = outcome.kind === 'read';
    const families = isUp ? outcome.result.snapshot.families : [];
    // Before anything waits: the next reading may write what changed over these.
    const release = hold(families);
    try {
      const report = isUp ? shownReport(reportSamples(reportOf(outcome.result))) : [];
      const own = await this.#metrics.families(await this.#metrics.familiesOfProcess(), isUp);
      const shown = [...report, ...own].map((family) => shownOwn(family, { messages: ownMessages(family) }));
      return { families: [...families, ...shown], isUp, noteShown, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** One reading, shared by all who ask while it is under way, for as long as this one has time. It never rejects. */
  async #readWithin(timeoutMs: number, form: Form, origin?: ScrapeOrigin): Promise<AwaitedReading> {
    const reading = this.#reading ?? this.#startReading(timeoutMs, origin);
    reading.budget.join(timeoutMs);
    reading.forms.add(form);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<Outcome>((resolve) => {
      timer = setTimeout(() => {
        this.#readLog.noteLate(timeoutMs);
        resolve({ kind: 'failed', why: `no answer within ${timeoutMs} ms` });
      }, timeoutMs);
    });
    try {
      const outcome = await Promise.race([reading.outcome, timeout]);
      const noteShown = (): void => {
        if (origin !== undefined && outcome.kind === 'read') this.#scrapers.note(origin, reading.number);
      };
      return { outcome, noteShown };
    } finally {
      clearTimeout(timer);
    }
  }

  #startReading(timeoutMs: number, origin: ScrapeOrigin | undefined): ReadingUnderWay {
    this.#scrapers.begin(origin);
    const budget = new ReadBudget(timeoutMs);
    const forms = new Set<Form>();
    const outcome = this.#readOnce(budget, forms).finally(() => {
      this.#reading = undefined;
    });
    this.#reading = { budget, forms, number: this.#scrapers.reading, outcome };
    return this.#reading;
  }

  async #readOnce(budget: ReadBudget, forms: ReadonlySet<Form>): Promise<Outcome> {
    const end = this.#metrics.readDuration.startTimer();
    const startMs = performance.now();
    const outcome = await this.#tryToRead(budget, forms);
    end();
    this.#metrics.reads.inc({ outcome: outcome.kind === 'read' ? 'ok' : 'failed' });
    this.#readLog.noteRead(outcome.kind === 'read' ? undefined : outcome.why, performance.now() - startMs);
    return outcome;
  }

  async #tryToRead(budget: ReadBudget, forms: ReadonlySet<Form>): Promise<Outcome> {
    try {
      const result = await this.#reader.read(budget, forms);
      this.#nodeLog.note(result.nodes);
      for (const [redis, slots] of result.unservedSlots) this.#metrics.unservedSlots.set({ redis }, slots);
      if (result.failure !== undefined) return { kind: 'failed', why: result.failure };
      this.#metrics.keysRead.inc(result.keysRead);
      this.#metrics.cacheHits.inc(Math.max(0, result.keysKnown - result.keysRead));
      this.#metrics.knownKeys.set(result.keysKnown);
      this.#metrics.heldCounters.set(result.held);
      for (const reason of result.rebuilt) this.#metrics.rebuilds.inc({ reason });
      return { kind: 'read', result };
    } catch (error) {
      return { kind: 'failed', why: messageOf(error) };
    }
  }
}

/** A family that no application recorded, in one form. */
function shownOwn(
  { name, type, help, unit }: OwnFamily,
  form: { readonly lines: string } | { readonly messages: readonly string[] },
): ShownFamily {
  const common = { name, type, help, unit, openMetrics: undefined };
  return 'lines' in form
    ? { ...common, pieces: [TextPiece.of([form.lines])] }
    : { ...common, pieces: [], messages: [TextPiece.of(form.messages, 'latin1')] };
}

/** Compresses pieces, and lets other work run in between. */
async function deflateAll(pieces: readonly TextPiece[]): Promise<DeflatedPiece[]> {
  const deflated: DeflatedPiece[] = [];
  let turnEndsMs = performance.now() + MAX_TURN_MS;
  for (const piece of pieces) {
    if (performance.now() >= turnEndsMs) {
      await setImmediate();
      turnEndsMs = performance.now() + MAX_TURN_MS;
    }
    deflated.push(piece.deflated());
  }
  return deflated;
}

/** Keeps the text of families unchanged until the returned function is called. */
function hold(families: readonly ShownFamily[]): () => void {
  const pieces = families.flatMap((family) => [
    ...family.pieces,
    ...(family.openMetrics ?? []),
    ...(family.messages ?? []),
  ]);
  for (const piece of pieces) piece.hold();
  return () => {
    for (const piece of pieces) piece.release();
  };
}

function reportOf(
  { snapshot, maxSeries, isScanDisabled, truncated }: UnionReading,
  escaped?: EscapedAnswer,
): Parameters<typeof reportSamples>[0] {
  const { skipped, lastWriteMs } = snapshot;
  const seriesByType = new Map(snapshot.seriesByType);
  for (const [type, count] of escaped?.leftOutByType ?? [])
    seriesByType.set(type, (seriesByType.get(type) ?? 0) - count);
  const collisions = escaped?.collisions ?? new Map<string, number>();
  return { skipped, seriesByType, maxSeries, lastWriteMs, isScanDisabled, truncated, collisions };
}
