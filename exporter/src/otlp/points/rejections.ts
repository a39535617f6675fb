/** Why points are rejected: the values of the label `reason` of `redmeter_otlp_rejected_points_total`. */
export const REJECT_REASONS = [
  /** The name of the metric is empty or not allowed in a key. */
  'invalid_name',
  /** The name is reserved for Prometheus, an exporter or redmeter. */
  'reserved_name',
  /** The name of an attribute is not a label name. */
  'invalid_label_name',
  /** An attribute has the name of a label that Prometheus sets itself. */
  'reserved_label',
  /** The value of an attribute is no Unicode text. */
  'invalid_label_value',
  /** The value of an attribute is longer than 1,024 bytes of UTF-8. */
  'label_value_too_long',
  /** More than ten labels. */
  'too_many_labels',
  /** No time, no value, or a value that its type cannot have. */
  'invalid_value',
  /** Counts, bounds or scale of a histogram that do not fit together, or that redmeter cannot hold. */
  'invalid_histogram',
  /** A summary, or a metric of a kind that is not known. */
  'unsupported',
  /** A sum or a histogram whose temporality is not given. */
  'invalid_temporality',
  /** A total of a stream that started anew since. */
  'out_of_order',
  /** The request, or Redis, has another type for this name. */
  'type_conflict',
  /** Redis has another mode for this gauge. */
  'mode_conflict',
  /** Redis refused the series for another reason, which the message names. */
  'refused',
] as const;

/** Why a point is rejected. */
export type RejectReason = (typeof REJECT_REASONS)[number];

/** Messages of different kinds that an answer repeats. */
const MAX_MESSAGES = 5;
const MAX_MESSAGE_LENGTH = 300;

/** The points of one request that are rejected. */
export class Rejections {
  readonly counts = new Map<RejectReason, number>();
  readonly #messages = new Map<string, number>();

  /** The number of rejected points. */
  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** @param message what was expected and what was got */
  add(reason: RejectReason, message: string, points = 1): void {
    if (points === 0) return;
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + points);
    const text = message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)}…` : message;
    if (this.#messages.has(text) || this.#messages.size < MAX_MESSAGES) {
      this.#messages.set(text, (this.#messages.get(text) ?? 0) + points);
    }
  }

  /** The first messages, each with the number of its points. */
  get text(): string {
    return [...this.#messages]
      .map(([text, points]) => `${text} (${points} ${points === 1 ? 'point' : 'points'})`)
      .join('; ');
  }
}
