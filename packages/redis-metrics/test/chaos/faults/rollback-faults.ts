import { waitFor } from '@redmeter/test-servers';
import { RestoredServer } from '../deployments/restored-server.js';
import { faultKind, type FaultKind } from './fault.js';
import { between } from '../random.js';
import { rewindsSeen, startCall } from './started-call.js';

function goneBack(
  name: string,
  keep: (server: RestoredServer) => Promise<void>,
  goBack: (server: RestoredServer) => Promise<void>,
): FaultKind {
  return faultKind({
    name,
    share: 50,
    start: () => RestoredServer.start(),
    async inject({ deployment, proxy, random }) {
      await proxy.moreApplied(4);
      await keep(deployment);
      await proxy.moreApplied(between(random, 4, 12));
      const call = await proxy.nextCall();
      const strike = await startCall(call, random);
      const seen = rewindsSeen(proxy);
      await goBack(deployment);
      call.end('close');
      await waitFor(() => rewindsSeen(proxy) > seen, 'a writer meets the rewound ledger', 30_000);
      return strike;
    },
  });
}

/** The server is killed, and started on an older snapshot. */
export const olderSnapshotRestored = goneBack(
  'older snapshot restored',
  (server) => server.takeSnapshot(),
  (server) => server.restoreSnapshot(),
);

/** The server becomes a replica of an older copy, and is promoted again; the connections of other writers stay. */
export const olderCopyPromoted = goneBack(
  'older copy promoted',
  (server) => server.takeCopy(),
  (server) => server.becomeCopy(),
);
