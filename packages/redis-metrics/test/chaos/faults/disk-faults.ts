import { waitFor } from '@redmeter/test-servers';
import { PersistentServer } from '../deployments/persistent-server.js';
import { between } from '../random.js';
import { faultKind } from './fault.js';

const MAX_BYTES_LEFT = 20_000;

/** The append-only file cannot grow any more, as on a full disk: Redis refuses writes until there is room again. */
export const diskFull = faultKind({
  name: 'disk full',
  share: 30,
  isSlow: true,
  keepsData: true,
  start: () => PersistentServer.start('everysec'),
  async inject({ deployment, proxy, random }) {
    const refused = (): number => proxy.answered('MISCONF');
    const before = refused();
    deployment.limitFile(deployment.writtenBytes + between(random, 0, MAX_BYTES_LEFT));
    try {
      await waitFor(() => refused() > before, 'Redis refuses to write', 30_000);
    } finally {
      deployment.limitFile(undefined);
    }
    await proxy.moreApplied(between(random, 1, 4));
    return 'before';
  },
});
