import {
  DEFAULT_PREFIX,
  DEFAULT_TTL_MS,
  internalKeys,
  type InternalKeys,
  type MetricType,
} from '@redmeter/metric-format';
import type { Redis } from 'ioredis';
import type { OpenOptions, Statistics } from '../protocol/messages.js';
import { shortened } from '../protocol/read-answers.js';
import { demand, type Finding, type RequirementId } from '../requirement.js';
import type { CallContext } from '../rules/check-call.js';
import type { Fault } from '../wire/fault.js';
import type { WireProxy } from '../wire/wire-proxy.js';
import { readPresence, roundKey, type Presence } from './rounds.js';
import type { Stage } from './stage.js';
import { droppedIn, lostIn, Writer } from './writer.js';

const ANSWER_TIMEOUT_MS = 1000;

/** What one case works with. */
export class Scene {
  readonly stage: Stage;
  readonly prefix: string;
  /** What the writer should do better. */
  readonly advice: Finding[] = [];
  /** Rounds recorded so far, by all writers. */
  rounds = 0;
  readonly #writers: Writer[] = [];

  constructor(stage: Stage, prefix = DEFAULT_PREFIX) {
    this.stage = stage;
    this.prefix = prefix;
  }

  get redis(): Redis {
    return this.stage.redis;
  }

  get proxy(): WireProxy {
    return this.stage.proxy;
  }

  get keys(): InternalKeys {
    return internalKeys({ prefix: this.prefix });
  }

  get context(): CallContext {
    const { script, sha } = this.stage;
    return { prefix: this.prefix, ttlMs: DEFAULT_TTL_MS, script, sha };
  }

  /** Writers opened. */
  get writers(): number {
    return this.#writers.length;
  }

  /** Writers that have had a flush of recordings acknowledged. */
  get writersThatWrote(): number {
    return this.#writers.filter(({ hasWritten }) => hasWritten).length;
  }

  /** Opens a writer in the process number `index`, with the metrics of rounds. */
  async open(index = 0): Promise<Writer> {
    const { scriptPath, timeoutMs } = this.stage.options;
    const options: OpenOptions = {
      redis: this.proxy.url,
      prefix: this.prefix,
      ttlMs: DEFAULT_TTL_MS,
      answerTimeoutMs: ANSWER_TIMEOUT_MS,
      script: scriptPath,
    };
    const writer = await Writer.open(this.stage.process(index), options, timeoutMs);
    this.#writers.push(writer);
    await writer.declareRounds();
    return writer;
  }

  /** Closes the writers, without faults. */
  async closeAll(): Promise<void> {
    this.proxy.goUp();
    for (const writer of this.#writers) if (writer.process.isUsable) await writer.close();
  }

  /** Records another round. */
  async record(writer: Writer): Promise<void> {
    const round = this.rounds;
    this.rounds += 1;
    await writer.recordRound(round);
  }

  /** Records rounds, and has each written. */
  async write(writer: Writer, rounds = 1): Promise<void> {
    for (let i = 0; i < rounds; i += 1) {
      await this.record(writer);
      await writer.settle();
    }
  }

  /** Injects a fault and flushes until it has happened. */
  async strike(writer: Writer, fault: Fault): Promise<void> {
    const injected = this.proxy.inject(fault);
    await writer.settle(() => injected.isOver);
    if (injected.failure !== undefined) throw injected.failure;
  }

  advise(isMet: boolean, requirements: readonly RequirementId[], expected: string, got: string): void {
    if (!isMet) this.advice.push({ requirements, expected, got });
  }

  /** How often each round is in Redis, by type. @throws Violation when a record does not consist of rounds */
  async presence(writer: Writer, requirements: readonly RequirementId[]): Promise<ReadonlyMap<MetricType, Presence>> {
    const found = new Map<MetricType, Presence>();
    for (const type of writer.description.types) {
      const key = roundKey(this.prefix, type);
      const record = await this.redis.get(key);
      const presence = readPresence(type, record, this.rounds);
      demand(presence !== undefined, requirements, `the sum of whole rounds in ${key}`, shortened(record ?? 'nothing'));
      found.set(type, presence);
    }
    return found;
  }

  /**
   * Compares Redis with what was recorded, to the last unit, and the statistics with both.
   * @param missing rounds that Redis may not have; they must be counted as lost
   * @param refused recordings that are dropped for other reasons
   * @param requirements what is broken if a round is missing or counted twice
   */
  async expectRounds(
    writer: Writer,
    requirements: readonly RequirementId[],
    missing: readonly number[] = [],
    refused = 0,
  ): Promise<void> {
    const lost = await this.expectPresence(writer, requirements, missing);
    const statistics = await this.expectStatistics(writer, { pending: 0 }, requirements);
    const [counted, others] = [lostIn(statistics), droppedIn(statistics) - lostIn(statistics)];
    demand(counted === lost, ['W-57', ...requirements], `${lost} recordings as lost or in_doubt`, counted);
    demand(others === refused, ['W-57', ...requirements], `${refused} recordings as dropped`, others);
  }

  /** Checks that each round is in Redis once, and returns how many recordings are not, of those that may be missing. */
  async expectPresence(
    writer: Writer,
    requirements: readonly RequirementId[],
    missing: readonly number[] = [],
  ): Promise<number> {
    let lost = 0;
    for (const [type, presence] of await this.presence(writer, requirements)) {
      for (const [round, times] of presence.entries()) {
        const isMissing = times === 0 && missing.includes(round);
        if (isMissing) lost += 1;
        demand(times === 1 || isMissing, requirements, `round ${round} once in the ${type}`, `${times} times`);
      }
    }
    return lost;
  }

  /** Checks that the statistics add up to what was recorded; and those given. */
  async expectStatistics(
    writer: Writer,
    expected: Partial<Omit<Statistics, 'dropped'>> & { readonly dropped?: number } = {},
    requirements: readonly RequirementId[] = [],
  ): Promise<Statistics> {
    const statistics = await writer.statistics();
    const { recorded, flushed, pending, coalesced } = statistics;
    const dropped = droppedIn(statistics);
    for (const count of [recorded, flushed, pending, coalesced, ...Object.values(statistics.dropped)]) {
      demand(count >= 0, ['W-56', ...requirements], 'statistics of at least 0', JSON.stringify(statistics));
    }
    demand(recorded === writer.recorded, ['W-56', ...requirements], `${writer.recorded} recorded`, recorded);
    demand(
      recorded === flushed + pending + coalesced + dropped,
      ['W-56', ...requirements],
      'recorded = flushed + pending + dropped (+ coalesced)',
      `${recorded} = ${flushed} + ${pending} + ${dropped} (+ ${coalesced})`,
    );
    for (const [field, value] of Object.entries(expected)) {
      const got = { ...statistics, dropped }[field as keyof Statistics];
      demand(got === value, ['W-57', 'W-58', ...requirements], `${value} ${field}`, got);
    }
    return statistics;
  }
}
