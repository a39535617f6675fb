import { waitFor } from '@redmeter/test-servers';
import { PersistentServer } from '../deployments/persistent-server.js';
import { ReplicatedServer } from '../deployments/replicated-server.js';
import { faultKind, type FaultKind } from './fault.js';
import { between } from '../random.js';
import { rewindsSeen, startCall } from './started-call.js';

function killed(appendfsync: 'always' | 'everysec'): FaultKind {
  return faultKind({
    name: `kill -9, AOF ${appendfsync}`,
    share: 50,
    start: () => PersistentServer.start(appendfsync),
    async inject({ deployment, proxy, random }) {
      const call = await proxy.nextCall();
      const strike = await startCall(call, random);
      await deployment.kill();
      call.end('close');
      await deployment.restart();
      return strike;
    },
  });
}

/** The server is killed with a call under way, and started again. */
export const killedAlways = killed('always');
export const killedEverySecond = killed('everysec');

/** The server is killed, and the end of its append-only file is lost: acknowledged batches, in the middle of one. */
export const fileCutShort = faultKind({
  name: 'AOF cut short',
  share: 50,
  start: () => PersistentServer.start('everysec'),
  async inject({ deployment, proxy, random }) {
    await proxy.moreApplied(4);
    const kept = deployment.writtenBytes;
    await proxy.moreApplied(between(random, 4, 12));
    const call = await proxy.nextCall();
    const strike = await startCall(call, random);
    const acknowledged = deployment.writtenBytes;
    await deployment.kill();
    call.end('close');
    deployment.cutFile(between(random, kept, Math.floor((kept + acknowledged) / 2)));
    const seen = rewindsSeen(proxy);
    await deployment.restart();
    await waitFor(() => rewindsSeen(proxy) > seen, 'a writer meets the rewound ledger', 30_000);
    return strike;
  },
});

/** The master is killed while its replica lags, and the replica is promoted. */
export const laggingReplicaPromoted = faultKind({
  name: 'lagging replica promoted',
  share: 50,
  start: () => ReplicatedServer.start(),
  async inject({ deployment, proxy, random }) {
    await proxy.moreApplied(8);
    await deployment.lag();
    await proxy.moreApplied(between(random, 4, 12));
    const call = await proxy.nextCall();
    const strike = await startCall(call, random);
    const seen = rewindsSeen(proxy);
    await deployment.failOver();
    call.end('close');
    proxy.leadTo(deployment.port);
    await waitFor(() => rewindsSeen(proxy) > seen, 'a writer meets the rewound ledger', 30_000);
    return strike;
  },
});
