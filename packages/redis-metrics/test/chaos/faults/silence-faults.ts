import { setTimeout as delay } from 'node:timers/promises';
import { SingleServer } from '../deployments/single-server.js';
import { between } from '../random.js';
import { faultKind } from './fault.js';

/** Packets are swallowed on all connections, old and new, for so long that a writer may give up waiting; now and then a minute. */
export const packetsSwallowed = faultKind({
  name: 'packets swallowed',
  share: 10,
  isSlow: true,
  keepsData: true,
  start: () => SingleServer.start(),
  async inject({ earlier, proxy, random }) {
    const call = await proxy.nextCall();
    proxy.swallow();
    const hasRun = random() < 0.5 ? (await call.run())?.kind === 'applied' : false;
    call.release();
    await delay(earlier % 10 === 9 ? 60_000 : between(random, 200, 6500));
    proxy.swallowNoMore();
    return hasRun ? 'after' : 'before';
  },
});
