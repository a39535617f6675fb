import { METRIC_TYPES } from '@redmeter/metric-format';
import { FEATURES, PROTOCOL_VERSION, type Description, type FlushAnswer, type Statistics } from './messages.js';

/** A writer violated the protocol; the message contains what was expected. */
export class ProtocolError extends Error {}

type Fields = Readonly<Record<string, unknown>>;

/** @throws ProtocolError when it is none */
export function readDescription(answer: Fields): Description {
  const { protocol, name, types, features = [] } = answer;
  if (protocol !== PROTOCOL_VERSION) throw unlike('describe', `"protocol":${PROTOCOL_VERSION}`, protocol);
  if (typeof name !== 'string') throw unlike('describe', 'a string "name"', name);
  const known = Array.isArray(types) ? METRIC_TYPES.filter((type) => types.includes(type)) : [];
  if (known.length === 0 || known.length !== (types as unknown[]).length) {
    throw unlike('describe', '"types" with some of counter, gauge and histogram', types);
  }
  const recorded = Array.isArray(features) ? FEATURES.filter((feature) => features.includes(feature)) : [];
  if (!Array.isArray(features) || recorded.length !== features.length) {
    throw unlike('describe', `"features" with some of ${FEATURES.join(' and ')}`, features);
  }
  return { protocol, name, types: known, features: recorded };
}

/** @throws ProtocolError when it is none */
export function readFlushAnswer({ done, error }: Fields): FlushAnswer {
  if (typeof done !== 'boolean') throw unlike('flush', '"done" of true or false', done);
  return typeof error === 'string' ? { done, error } : { done };
}

/** @throws ProtocolError when it is none */
export function readStatistics(answer: Fields): Statistics {
  const count = (field: string, value: unknown): number => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
      throw unlike('statistics', `"${field}" with a whole number`, value);
    }
    return value;
  };
  const { recorded, flushed, pending, coalesced = 0 } = answer;
  // PHP writes an empty map as a list.
  const dropped = Array.isArray(answer['dropped']) && answer['dropped'].length === 0 ? {} : answer['dropped'];
  if (typeof dropped !== 'object' || dropped === null || Array.isArray(dropped)) {
    throw unlike('statistics', '"dropped" with counts by reason', dropped);
  }
  return {
    recorded: count('recorded', recorded),
    flushed: count('flushed', flushed),
    pending: count('pending', pending),
    coalesced: count('coalesced', coalesced),
    dropped: Object.fromEntries(
      Object.entries(dropped).map(([reason, recordings]) => [reason, count(`dropped.${reason}`, recordings)]),
    ),
  };
}

function unlike(request: string, expected: string, got: unknown): ProtocolError {
  return new ProtocolError(`answer to ${request}: expected ${expected}, got ${shortened(JSON.stringify(got))}`);
}

/** A string on one line, of bounded length. */
export function shortened(text: string | undefined, most = 120): string {
  const line = (text ?? 'nothing').replace(/\s+/g, ' ');
  return line.length <= most ? line : `${line.slice(0, most)}…`;
}
