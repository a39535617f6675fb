import { setTimeout as delay } from 'node:timers/promises';
import { SingleServer } from '../deployments/single-server.js';
import { faultKind } from './fault.js';
import { between } from '../random.js';
import { startCall } from './started-call.js';

const start = () => SingleServer.start();
const MAX_FROZEN_MS = 300;

/** A process of writers is stopped with a call under way, whose connection ends meanwhile for half of them. */
export const writerFrozen = faultKind({
  name: 'writer frozen',
  share: 50,
  keepsData: true,
  start,
  async inject({ processes, proxy, random }) {
    const call = await proxy.nextCall();
    const frozen = between(random, 0, processes.total - 1);
    processes.freeze(frozen);
    try {
      const strike = await startCall(call, random);
      await delay(between(random, 1, MAX_FROZEN_MS));
      if (random() < 0.5) call.end('close');
      else {
        const reply = strike === 'after' ? undefined : await call.run();
        if (reply === undefined) call.end('close');
        else await call.deliver(reply.bytes);
        call.release();
      }
      return strike;
    } finally {
      processes.thaw(frozen);
    }
  },
});

/** A process of writers is killed with a call under way, and another one starts. Its last recordings are gone with it. */
export const writerKilled = faultKind({
  name: 'writer killed',
  share: 40,
  isSlow: true,
  keepsData: true,
  losesWriters: true,
  start,
  async inject({ processes, proxy, random }) {
    await proxy.moreApplied(between(random, 1, 6));
    const call = await proxy.nextCall();
    const strike = await startCall(call, random);
    await processes.replace(between(random, 0, processes.total - 1));
    call.end('close');
    return strike;
  },
});
