import { createHash } from 'node:crypto';
import { messageOf } from '../error-text.js';
import type { Logger } from '../logger.js';
import { decodeBody, type OtlpEncoding } from './decode/decode-body.js';
import { MalformedRequest } from './decode/malformed-request.js';
import { RequestFailure, tryAgain } from './http/request-failure.js';
import type { OtlpMetrics } from './otlp-metrics.js';
import { foldRequest, type Folded } from './points/fold-request.js';
import { REJECT_REASONS } from './points/rejections.js';
import { IncompatibleData, type RequestWriter, type Written } from './write/request-writer.js';
import type { SeenPoints } from './write/seen-points.js';

/** What came of a request that is kept. */
export interface Received {
  readonly rejectedDataPoints: number;
  /** Empty if none was rejected. */
  readonly errorMessage: string;
}

/** Parts of a receiver. */
export interface ReceiverParts {
  readonly writer: RequestWriter;
  readonly seen: SeenPoints;
  readonly metrics: OtlpMetrics;
  readonly logger: Logger;
  /** The attributes of resources that become labels. */
  readonly resourceLabels: readonly string[];
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number;
}

/** With another number, the same bytes are another request: for a change of what becomes of them. */
const ID_VERSION = 'redmeter otlp 3\n';

/** Writes the points of requests to Redis. It keeps nothing of them: any receiver of the same data may get the next attempt. */
export class Receiver {
  readonly #parts: ReceiverParts;
  #failure = '';
  #noteFailure = '';

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
  }

  /**
   * Takes a request in.
   * @param body decompressed
   * @throws RequestFailure if it is not kept
   */
  async receive(body: Buffer, encoding: OtlpEncoding): Promise<Received> {
    const folded = this.#fold(body, encoding);
    const id = createHash('sha256').update(ID_VERSION).update(body).digest('hex');
    const written = await this.#write(id, folded);
    if (written.isFirst) await this.#noteDeltas(folded, written);
    return this.#report(folded, written);
  }

  #fold(body: Buffer, encoding: OtlpEncoding): Folded {
    const { resourceLabels, now } = this.#parts;
    try {
      return foldRequest(decodeBody(body, encoding), { resourceLabels, nowMs: now() });
    } catch (error) {
      if (error instanceof MalformedRequest) throw new RequestFailure(400, error.message, {}, { cause: error });
      throw error;
    }
  }

  async #write(id: string, { changes }: Folded): Promise<Written> {
    const { writer, logger } = this.#parts;
    try {
      const written = await writer.write(id, changes);
      if (this.#failure !== '') logger.info('OTLP requests are written to Redis again');
      this.#failure = '';
      if (written.indexError !== undefined)
        logger.warn(`OTLP: cannot write the indexes of the metrics: ${written.indexError}`);
      return written;
    } catch (error) {
      const message = messageOf(error);
      // The script's own words for a call that is no better the next time.
      if (message.startsWith('ERR redmeter merge:')) throw error;
      const kind = error instanceof IncompatibleData ? 'error' : 'warn';
      if (this.#failure !== message) logger[kind](`OTLP requests cannot be written to Redis: ${message}`);
      this.#failure = message;
      throw tryAgain('cannot write to Redis now; the log of the exporter has the reason', error);
    }
  }

  /** Counts the points that another request had. That it cannot be done is no reason to refuse what has been written. */
  async #noteDeltas({ changes }: Folded, { refused }: Written): Promise<void> {
    const { seen, metrics, logger } = this.#parts;
    const notCounted = new Set(refused.map(({ change }) => change));
    const counted = changes.filter((change) => !notCounted.has(change));
    try {
      metrics.recountedPoints.inc(await seen.note(counted.flatMap(({ deltas }) => deltas)));
      this.#noteFailure = '';
    } catch (error) {
      const message = messageOf(error);
      if (this.#noteFailure !== message) logger.warn(`OTLP: cannot tell which delta points came before: ${message}`);
      this.#noteFailure = message;
    }
  }

  #report({ points, rejections }: Folded, { isDuplicate, refused, noted }: Written): Received {
    const { metrics } = this.#parts;
    for (const { change, notes, isDuplicate: isKnown } of noted) {
      for (const [note, count] of notes) {
        if (note === 'out_of_order') {
          const expected = 'expected a point of the newest start of its stream, got one of an earlier start';
          rejections.add(note, `${change.family.name}: ${expected}`, count);
        } else if (note === 'other_buckets') {
          const expected = 'expected the bounds of the point before, which has the same start, got others';
          rejections.add('invalid_histogram', `${change.family.name}: ${expected}`, count);
        } else if (!isKnown) metrics.notedPoints.inc({ note }, count);
      }
    }
    for (const { change, reason, found } of refused) {
      const got = found === undefined ? '' : `, got ${found}`;
      const rejectReason = REJECT_REASONS.find((one) => one === reason) ?? 'refused';
      rejections.add(rejectReason, `${change.family.name}: refused by Redis as ${reason}${got}`, change.points);
    }
    for (const [reason, count] of rejections.counts) metrics.rejectedPoints.inc({ reason }, count);
    metrics.points.inc(points - rejections.total);
    if (isDuplicate) metrics.duplicateRequests.inc();
    return { rejectedDataPoints: rejections.total, errorMessage: rejections.text };
  }
}
