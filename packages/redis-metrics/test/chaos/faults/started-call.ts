import type { Strike } from './fault.js';
import type { HeldCall, MergeProxy } from '../proxy/merge-proxy.js';
import type { Random } from '../random.js';

/** Brings a call under way, and for half of them waits until it has run; its answer never arrives. */
export async function startCall(call: HeldCall, random: Random): Promise<Strike> {
  if (random() < 0.5) return (await call.run())?.kind === 'applied' ? 'after' : 'unknown';
  call.send();
  return 'unknown';
}

/** Lets a call run, then something change, and only then its answer arrive. */
export async function callBefore(call: HeldCall, change: () => Promise<unknown>): Promise<Strike> {
  const reply = await call.run();
  await change();
  if (reply === undefined) call.end('close');
  else await call.deliver(reply.bytes);
  call.release();
  return reply?.kind === 'applied' ? 'after' : 'missed';
}

/** Lets a call that was sent before a change reach its server only after it, where it must not run. */
export async function callAcross(call: HeldCall, change: () => Promise<unknown>): Promise<Strike> {
  await change();
  const canRun = call.canRun();
  const reply = await call.run();
  if (reply === undefined) call.end('close');
  else await call.deliver(reply.bytes);
  call.release();
  if (reply === undefined) return canRun ? 'unknown' : 'before';
  return REFUSALS.has(reply.kind) ? 'before' : 'missed';
}

/** How a server answers a call whose data it does not have, or not alone. */
const REFUSALS = new Set(['MOVED', 'ASK', 'TRYAGAIN', 'READONLY']);

/** How often a writer learnt that Redis had lost what it had acknowledged. */
export function rewindsSeen(proxy: MergeProxy): number {
  return proxy.answered('gap') + proxy.answered('unknown') + proxy.answered('dataset');
}
