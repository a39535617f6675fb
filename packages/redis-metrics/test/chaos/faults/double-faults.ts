import { SingleServer } from '../deployments/single-server.js';
import { loading, outOfMemory, readOnly, scriptFlushed } from './answer-faults.js';
import { replyCut, replyCutMidWay, requestCut, reset } from './connection-faults.js';
import { faultKind, type StartedFault } from './fault.js';
import { writerFrozen } from './process-faults.js';

const FIRST = [requestCut, replyCut, replyCutMidWay, reset, writerFrozen];
const SECOND = [scriptFlushed, readOnly, outOfMemory, loading];

/** Two faults at the same time: one of a connection or a process, with another writer, and one of the server. */
export const twoAtOnce = faultKind({
  name: 'two faults at once',
  share: 100,
  keepsData: true,
  start: () => SingleServer.start(),
  async inject(arena) {
    const { deployment, processes, proxy, random } = arena;
    const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
    const [first, second] = [pick(FIRST), pick(SECOND)];
    if (first === undefined || second === undefined) return 'missed';
    const on = (started: StartedFault): Promise<unknown> => started.inject(proxy, random, processes);
    await Promise.all([on(first.on(deployment)), on(second.on(deployment))]);
    return 'unknown';
  },
});
