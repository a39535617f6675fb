import { shortened } from '../protocol/read-answers.js';
import type { Finding, RequirementId } from '../requirement.js';
import { isAcknowledged, type SentCall } from '../wire/sent-call.js';
import { isSameJson } from './json-fields.js';

/** The error reply to a call that Redis will never take. */
const MALFORMED_CALL = 'redmeter merge:';

/** What is wrong with the calls of one incarnation, in the order in which they came. */
export function* checkHistory(calls: readonly SentCall[]): Generator<Finding> {
  const history = new IncarnationHistory();
  for (const sent of calls) yield* history.take(sent);
}

/** What a writer has learned from answers: what it sends with the next call. */
interface Knowledge {
  readonly dataset: string;
  readonly revision: string;
  readonly resumesAfter: string;
}

/** The calls of one incarnation so far, and what the writer has learned from their answers. */
class IncarnationHistory {
  readonly #attempts = new Map<number, SentCall[]>();
  #previous: SentCall | undefined;
  #highest = 0;
  #known: Knowledge = { dataset: '', revision: '', resumesAfter: '' };
  /** The same before the latest answer. */
  #knownBefore = this.#known;

  *take(sent: SentCall): Generator<Finding> {
    const { batch } = sent.call;
    const attempts = this.#attempts.get(batch) ?? [];
    yield* this.#checkOrder(sent);
    yield* this.#checkContent(sent, attempts);
    yield* this.#checkKnowledge(sent);
    this.#attempts.set(batch, [...attempts, sent]);
    this.#highest = Math.max(this.#highest, batch);
    this.#learn(sent);
    this.#previous = sent;
  }

  *#checkOrder(sent: SentCall): Generator<Finding> {
    const { batch } = sent.call;
    const previous = this.#previous;
    if (batch > this.#highest + 1 || batch < 1) {
      yield found('W-28', `batch ${this.#highest + 1} as the highest so far`, `batch ${batch}`);
    }
    if (previous === undefined) return;
    const { deliveredAtMs, isCut } = previous;
    if (deliveredAtMs === undefined ? !isCut : deliveredAtMs > sent.atMs) {
      yield found('W-29', `no call before the answer to batch ${previous.call.batch}`, `batch ${batch}`);
    }
    if (deliveredAtMs !== undefined) return;
    if (batch > previous.call.batch) {
      yield found('W-31', `batch ${previous.call.batch} again, since it has no answer`, `batch ${batch}`);
    }
    if (sent.connection === previous.connection) {
      yield found('W-41', 'another connection after one without an answer', `connection ${sent.connection} again`);
    }
  }

  *#checkContent(sent: SentCall, attempts: readonly SentCall[]): Generator<Finding> {
    const earlier = attempts.find(({ answer }) => !(answer?.kind === 'error' && answer.text.includes(MALFORMED_CALL)));
    if (earlier === undefined) return;
    const difference = contentDifference(earlier, sent);
    if (difference !== undefined) {
      yield found('W-30', `batch ${sent.call.batch} with the content that it had`, difference);
    }
    if (sent.call.ageMs < earlier.call.ageMs) {
      yield found('W-17', `an age of at least ${earlier.call.ageMs} ms as before`, `${sent.call.ageMs} ms`);
    }
  }

  *#checkKnowledge({ call: { batch, dataset, mark }, connection }: SentCall): Generator<Finding> {
    const previous = this.#previous;
    // An answer on its way when the writer gave up the connection.
    const isGivenUp = previous?.call.batch === batch && previous.connection !== connection;
    const isUnread = isGivenUp && previous.deliveredAtMs !== undefined;
    if (isUnread) this.#known = this.#knownBefore;
    const known = this.#known;
    // Without a mark, what an earlier incarnation of the writer learned.
    const isInherited = previous === undefined && mark === undefined;
    if (dataset !== known.dataset && !isInherited) {
      yield found('W-16', `argument 3 "${known.dataset}" from the latest answer`, `"${dataset}"`);
    }
    if (mark === undefined) return;
    if (mark.revision !== known.revision) {
      yield found('W-48', `the revision "${known.revision}" from the latest answer`, `"${mark.revision}"`);
    }
    if (mark.resumesAfter !== '' && mark.resumesAfter !== known.resumesAfter) {
      const expected = known.resumesAfter === '' ? 'no batch to resume after' : `to resume after ${known.resumesAfter}`;
      yield found('W-49', expected, `"${mark.resumesAfter}"`);
    }
  }

  #learn(sent: SentCall): void {
    const { answer, call, deliveredAtMs } = sent;
    if (this.#previous === undefined && call.mark === undefined)
      this.#known = { ...this.#known, dataset: call.dataset };
    this.#knownBefore = this.#known;
    if (deliveredAtMs === undefined || answer?.kind !== 'texts') return;
    const [kind = '', dataset = '', , detail = ''] = answer.texts;
    const { revision } = this.#known;
    if (isAcknowledged(sent)) {
      const latest = call.mark === undefined ? '' : answer.texts.at(-1);
      this.#known = { dataset, revision: latest === '' || latest === undefined ? revision : latest, resumesAfter: '' };
    } else if (kind === 'gap') this.#known = { ...this.#known, resumesAfter: detail };
    else if (kind === 'unknown') this.#known = { ...this.#known, resumesAfter: '0' };
    else if (kind === 'dataset') this.#known = { dataset, revision, resumesAfter: '0' };
  }
}

function found(requirement: RequirementId, expected: string, got: string): Finding {
  return { requirements: [requirement], expected, got };
}

/** What differs in content between two attempts to send a batch; undefined when nothing does. */
function contentDifference({ call: one }: SentCall, { call: other }: SentCall): string | undefined {
  const [ones, others] = [one, other].map(({ familyKeys, seriesKeys }) => [...familyKeys, ...seriesKeys].join(' '));
  if (ones !== others) return `other keys: ${shortened(others)}`;
  const texts = [...other.families, ...other.operations];
  const unlike = [...one.families, ...one.operations].findIndex((text, i) => !isSameJson(text, texts[i] ?? ''));
  return unlike < 0 ? undefined : shortened(texts[unlike]);
}
