import type { IncomingHttpHeaders } from 'node:http';

/** What the endpoint says that it has written. */
export interface Written {
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}

/** How the endpoint answered a request. */
export type WriteAnswer =
  /** It wrote all of it, or says what it wrote. */
  | { readonly kind: 'written'; readonly written: Written }
  /** It is no better the next time. What it wrote is written all the same. */
  | { readonly kind: 'refused'; readonly why: string; readonly written: Written }
  /** It is to be sent again, in `afterMs` milliseconds at the earliest where the endpoint names a time. */
  | { readonly kind: 'retry'; readonly why: string; readonly afterMs: number | undefined };

const NOTHING: Written = { samples: 0, histograms: 0, exemplars: 0 };
const PREFIX = 'x-prometheus-remote-write-';
const NEEDS_2 = 'expected remote write 2.0, as Prometheus 3 has it with --web.enable-remote-write-receiver';
const MAX_SHOWN = 200;
const MAX_RETRY_AFTER_MS = 5 * 60_000;

/**
 * What an answer means, by the specification of remote write 2.0.
 * @param body its begin
 */
export function readAnswer(status: number, headers: IncomingHttpHeaders, body: string, nowMs: number): WriteAnswer {
  const written = readWritten(headers);
  const got = `${status} ${firstLine(body)}`.trim();
  if (status >= 200 && status < 300) {
    if (written !== undefined) return { kind: 'written', written };
    // A receiver of 1.0 takes the message for an empty one of its own.
    const why = `${NEEDS_2}, got ${status} without ${PREFIX}samples-written`;
    return { kind: 'refused', why, written: NOTHING };
  }
  if (status === 429 || status >= 500) {
    return { kind: 'retry', why: got, afterMs: retryAfterMs(headers['retry-after'], nowMs) };
  }
  const why = status === 415 ? `${NEEDS_2}, got ${got}` : status < 400 ? `${got}: redirects are not followed` : got;
  return { kind: 'refused', why, written: written ?? NOTHING };
}

/** Undefined where the answer says nothing about it; what it does not name is none. */
function readWritten(headers: IncomingHttpHeaders): Written | undefined {
  const counts = (['samples', 'histograms', 'exemplars'] as const).map((kind) => headers[`${PREFIX}${kind}-written`]);
  if (counts.every((count) => count === undefined)) return undefined;
  const [samples = 0, histograms = 0, exemplars = 0] = counts.map((count) =>
    typeof count === 'string' && /^\d{1,15}$/.test(count) ? Number(count) : 0,
  );
  return { samples, histograms, exemplars };
}

/** Seconds, or a date. */
function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const afterMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(afterMs) ? undefined : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, afterMs));
}

function firstLine(body: string): string {
  const [line = ''] = body.trim().split('\n');
  // Nothing of it can be taken for a line of the log.
  const shown = line.replaceAll(/\p{Cc}/gu, ' ');
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown;
}
