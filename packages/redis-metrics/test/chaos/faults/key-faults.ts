import { waitFor } from '@redmeter/test-servers';
import { internalKeys } from '@redmeter/metric-format';
import { RestoredServer } from '../deployments/restored-server.js';
import { SingleServer } from '../deployments/single-server.js';
import { faultKind } from './fault.js';
import { between } from '../random.js';
import { rewindsSeen, startCall } from './started-call.js';

const KEYS = internalKeys({ prefix: 'metrics' });
const OF_ALL = [KEYS.dataset, KEYS.revision, KEYS.changed, KEYS.live, KEYS.family('chaos_events')];
const OF_EACH = [KEYS.writer('*'), KEYS.mark('*')];
const WRITERS = 4;

/** One of the internal keys is removed, or one of every writer, while a call is under way. */
export const keyRemoved = faultKind({
  name: 'internal key removed',
  share: 140,
  keepsData: true,
  start: () => SingleServer.start(),
  async inject({ deployment, proxy, random, earlier }) {
    const patterns = [...OF_ALL, ...OF_EACH];
    // Where a writer's ledger and its mark are gone at once, it cannot tell this from data that went back.
    await waitFor(async () => {
      const found = await Promise.all(OF_EACH.map((pattern) => deployment.admin.keys(pattern)));
      return found.every(({ length }) => length === WRITERS);
    }, 'each writer has its ledger and its mark');
    const removed = await deployment.admin.keys(patterns[earlier % patterns.length] ?? '');
    const call = await proxy.nextCall();
    const strike = await startCall(call, random);
    if (removed.length > 0) await deployment.admin.del(removed);
    call.end('close');
    return removed.length > 0 ? strike : 'missed';
  },
});

/** All is removed while a call is under way. */
export const keysFlushed = faultKind({
  name: 'FLUSHALL',
  isLossy: true,
  share: 50,
  start: () => SingleServer.start(),
  async inject({ deployment, proxy, random }) {
    await proxy.moreApplied(between(random, 4, 12));
    const call = await proxy.nextCall();
    const strike = await startCall(call, random);
    const seen = rewindsSeen(proxy);
    await deployment.admin.flushall();
    call.end('close');
    await waitFor(() => rewindsSeen(proxy) > seen, 'a writer meets the new data', 30_000);
    return strike;
  },
});

/** All is removed, and later an older snapshot brought back, each with a call under way. */
export const snapshotAfterFlush = faultKind({
  name: 'snapshot restored after FLUSHALL',
  isLossy: true,
  share: 50,
  start: () => RestoredServer.start(),
  async inject({ deployment, proxy, random }) {
    await proxy.moreApplied(4);
    await deployment.takeSnapshot();
    for (const goOn of [() => deployment.admin.flushall(), () => deployment.restoreSnapshot()]) {
      await proxy.moreApplied(between(random, 4, 12));
      const call = await proxy.nextCall();
      await startCall(call, random);
      const seen = rewindsSeen(proxy);
      await goOn();
      call.end('close');
      await waitFor(() => rewindsSeen(proxy) > seen, 'a writer meets the other data', 30_000);
    }
    return 'unknown';
  },
});
