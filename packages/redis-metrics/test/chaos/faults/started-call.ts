import type { Strike } from './fault.js';
import type { HeldCall, MergeProxy } from '../merge-proxy.js';
import type { Random } from '../random.js';

/** Brings a call under way, and for half of them waits until it has run; its answer never arrives. */
export async function startCall(call: HeldCall, random: Random): Promise<Strike> {
  if (random() < 0.5) return (await call.run())?.kind === 'applied' ? 'after' : 'unknown';
  call.send();
  return 'unknown';
}

/** How often a writer learnt that Redis had lost what it had acknowledged. */
export function rewindsSeen(proxy: MergeProxy): number {
  return proxy.answered('gap') + proxy.answered('unknown') + proxy.answered('dataset');
}
