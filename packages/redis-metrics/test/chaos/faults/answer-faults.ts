import { waitFor } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import { SingleServer } from '../deployments/single-server.js';
import { faultKind, type FaultKind } from './fault.js';

const start = () => SingleServer.start();

/** Redis answers a call with an error while it is in some state. */
function answeredWith(
  kind: string,
  share: number,
  enter: (server: SingleServer) => Promise<() => Promise<unknown>>,
): FaultKind {
  return faultKind({
    name: `answer ${kind}`,
    share,
    keepsData: true,
    start,
    async inject({ deployment, proxy }) {
      const call = await proxy.nextCall();
      const leave = await enter(deployment);
      const reply = await call.run();
      await leave();
      if (reply !== undefined) await call.deliver(reply.bytes);
      call.release();
      return reply?.kind === kind ? 'before' : 'missed';
    },
  });
}

async function untilAnswer(client: Redis, kind: string): Promise<void> {
  await waitFor(async () => {
    const [outcome] = await Promise.allSettled([client.ping()]);
    return outcome.status === 'rejected' && String(outcome.reason).includes(kind);
  }, `Redis answers ${kind}`);
}

/** A script of another client runs on and on. */
export const busy = answeredWith('BUSY', 50, async ({ admin, other }) => {
  const running = Promise.allSettled([other.eval('while true do end', 0)]);
  await untilAnswer(admin, 'BUSY');
  return async () => {
    await admin.script('KILL');
    await running;
  };
});

/** The data are being loaded; there are so many that it takes a while. */
export const loading = answeredWith('LOADING', 50, async ({ admin, other }) => {
  await other.call('DEBUG', 'POPULATE', '300', 'ballast', '100');
  const reloading = other.call('DEBUG', 'RELOAD');
  await untilAnswer(admin, 'LOADING');
  return () => reloading;
});

/** The server is made a replica for a moment. */
export const readOnly = answeredWith('READONLY', 100, async ({ admin }) => {
  await admin.replicaof('127.0.0.1', '1');
  return () => admin.replicaof('NO', 'ONE');
});

/** Memory is full. */
export const outOfMemory = answeredWith('OOM', 100, async ({ admin }) => {
  await admin.config('SET', 'maxmemory', '1');
  return () => admin.config('SET', 'maxmemory', '0');
});

/** The server forgets the script just before a call that names it. */
export const scriptFlushed = answeredWith('NOSCRIPT', 100, async ({ admin }) => {
  await admin.script('FLUSH');
  return () => Promise.resolve();
});
