import { waitFor } from '@redmeter/test-servers';
import { SingleServer } from '../deployments/single-server.js';
import { faultKind } from './fault.js';
import type { HeldCall, MergeProxy } from '../proxy/merge-proxy.js';
import { between } from '../random.js';

const start = () => SingleServer.start();

/** A call that Redis applied, its answer still here; duplicates, which follow a cut, pass. */
async function appliedCall(proxy: MergeProxy): Promise<{ readonly call: HeldCall; readonly answer: Buffer }> {
  for (;;) {
    const call = await proxy.nextCall();
    const reply = await call.run();
    if (reply?.kind === 'applied') return { call, answer: reply.bytes };
    if (reply !== undefined) await call.deliver(reply.bytes);
    call.release();
  }
}

/** The connection ends while a call is on its way to Redis: it never runs. */
export const requestCut = faultKind({
  name: 'request cut mid-way',
  isCut: true,
  share: 60,
  keepsData: true,
  start,
  async inject({ proxy, random }) {
    const call = await proxy.nextCall();
    await call.sendShare(random());
    call.end('close');
    return 'before';
  },
});

/** The connection ends when the call has run, before any of the answer arrived. */
export const replyCut = faultKind({
  name: 'reply cut off',
  isCut: true,
  share: 60,
  keepsData: true,
  start,
  async inject({ proxy }) {
    const { call } = await appliedCall(proxy);
    call.end('close');
    return 'after';
  },
});

/** The connection ends in the middle of the answer. */
export const replyCutMidWay = faultKind({
  name: 'reply cut off mid-way',
  isCut: true,
  share: 60,
  keepsData: true,
  start,
  async inject({ proxy, random }) {
    const { call, answer } = await appliedCall(proxy);
    await call.deliver(answer.subarray(0, between(random, 1, answer.length - 1)));
    call.end('close');
    return 'after';
  },
});

/** The connection is reset, in turn when the call has run, and while it is on its way. */
export const reset = faultKind({
  name: 'connection reset',
  isCut: true,
  share: 160,
  keepsData: true,
  start,
  async inject({ proxy, random, earlier }) {
    const hasRun = earlier % 2 === 0;
    const call = hasRun ? (await appliedCall(proxy)).call : await proxy.nextCall();
    if (!hasRun) await call.sendShare(random());
    call.end('reset');
    return hasRun ? 'after' : 'before';
  },
});

/** The call has run, and its answer is held back until the writer gives up waiting. */
export const replyHeld = faultKind({
  name: 'reply held back',
  share: 50,
  keepsData: true,
  atOnce: 4,
  start,
  async inject({ proxy }) {
    const { call } = await appliedCall(proxy);
    await call.clientGone;
    call.end('close');
    return 'after';
  },
});

/** The call is held back until the writer gave up waiting, and has sent it again; then it reaches Redis after all. */
export const requestLate = faultKind({
  name: 'request arrives late',
  share: 50,
  keepsData: true,
  atOnce: 4,
  start,
  async inject({ proxy }) {
    const call = await proxy.nextCall();
    await call.clientGone;
    await waitFor(() => proxy.lastApplied(call.ledger) >= call.batch, 'the batch is sent again');
    const late = await call.run();
    call.end('close');
    // It was applied before, or this would count it twice.
    return late?.kind === 'duplicate' ? 'before' : 'missed';
  },
});
