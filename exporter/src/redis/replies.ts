import { ExporterError } from '../exporter-error.js';

/** A reply that must be a bulk string, or nothing. */
export function bytesReply(reply: unknown): Buffer | undefined {
  if (reply === null) return undefined;
  if (Buffer.isBuffer(reply)) return reply;
  throw unexpected('a string', reply);
}

/** A reply that must be a whole number. */
export function integerReply(reply: unknown): number {
  const number = typeof reply === 'number' ? reply : Number(bytesReply(reply)?.toString('latin1'));
  if (Number.isInteger(number)) return number;
  throw unexpected('a whole number', reply);
}

/** A reply that must be a list of strings or nothings. */
export function listReply(reply: unknown): (Buffer | undefined)[] {
  if (!Array.isArray(reply)) throw unexpected('a list', reply);
  return reply.map(bytesReply);
}

/** A reply of SCAN, SSCAN or ZSCAN. */
export function pageReply(reply: unknown): { readonly cursor: string; readonly items: (Buffer | undefined)[] } {
  if (!Array.isArray(reply) || reply.length !== 2) throw unexpected('a cursor and a list', reply);
  return { cursor: bytesReply(reply[0])?.toString('latin1') ?? '0', items: listReply(reply[1]) };
}

function unexpected(expected: string, got: unknown): ExporterError {
  const shown = Buffer.isBuffer(got) ? got.toString('latin1') : JSON.stringify(got);
  return new ExporterError('unexpected_reply', `Redis: expected ${expected}, got ${shown.slice(0, 80)}`);
}
