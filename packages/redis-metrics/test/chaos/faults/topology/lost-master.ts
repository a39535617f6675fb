import { waitFor } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import type { MergeProxy } from '../../proxy/merge-proxy.js';
import { between, type Random } from '../../random.js';
import type { Strike } from '../fault.js';
import { rewindsSeen, startCall } from '../started-call.js';

/** A master whose replica follows it through the proxy. */
export interface FollowedMaster {
  readonly port: number;
  readonly client: Redis;
  /** Whether the master has the data of a ledger. */
  has(ledger: string): boolean;
  /** Kills it, and waits until the replica has taken over. */
  kill(): Promise<unknown>;
}

/** Kills a master, with a call under way, when it has acknowledged calls that its replica lacks. */
export async function loseMaster(master: FollowedMaster, proxy: MergeProxy, random: Random): Promise<Strike> {
  const { client, port } = master;
  const isThere = (ledger: string): boolean => master.has(ledger);
  // WAIT waits for what was written before this connection's last command.
  await client.ping();
  if ((await client.wait(1, 60_000)) < 1) throw new Error('expected the replica to have all within 60 s');
  proxy.holdBackReplication(port);
  for (let lacked = between(random, 4, 12); lacked > 0; lacked -= 1) {
    const call = await proxy.nextCall(isThere);
    const reply = await call.run();
    if (reply !== undefined) await call.deliver(reply.bytes);
    call.release();
  }
  const call = await proxy.nextCall(isThere);
  const strike = await startCall(call, random);
  const seen = rewindsSeen(proxy);
  await master.kill();
  call.end('close');
  proxy.loseHeldBack(port);
  await waitFor(() => rewindsSeen(proxy) > seen, 'a writer meets the rewound ledger', 30_000);
  return strike;
}
