import { busy, loading, outOfMemory, readOnly, scriptFlushed } from './answer-faults.js';
import { replyCut, replyCutMidWay, replyHeld, requestCut, requestLate, reset } from './connection-faults.js';
import { clockStepped } from './clock-faults.js';
import { clusterMasterLost, masterHandedOver, slotMoved } from './topology/cluster-faults.js';
import { diskFull } from './disk-faults.js';
import { twoAtOnce } from './double-faults.js';
import type { FaultKind } from './fault.js';
import { keyRemoved, keysFlushed, snapshotAfterFlush } from './key-faults.js';
import { writerFrozen, writerKilled } from './process-faults.js';
import { olderCopyPromoted, olderSnapshotRestored } from './rollback-faults.js';
import { failoverOrdered, sentinelMasterLost } from './topology/sentinel-faults.js';
import { packetsSwallowed } from './silence-faults.js';
import { fileCutShort, killedAlways, killedEverySecond, laggingReplicaPromoted } from './server-faults.js';

/** What is done to one server, and to the way there. */
export const ONE_SERVER_KINDS: readonly FaultKind[] = [
  ...[requestCut, replyCut, replyCutMidWay, reset, replyHeld, requestLate],
  ...[scriptFlushed, busy, loading, readOnly, outOfMemory],
  ...[killedAlways, killedEverySecond, fileCutShort, laggingReplicaPromoted],
  ...[olderSnapshotRestored, olderCopyPromoted, keyRemoved, keysFlushed, snapshotAfterFlush],
  ...[writerFrozen, writerKilled, packetsSwallowed, clockStepped, diskFull, twoAtOnce],
];

/** Everything that is done to Redis, and to the way there. */
export const FAULT_KINDS: readonly FaultKind[] = [
  ...ONE_SERVER_KINDS,
  ...[slotMoved, masterHandedOver, clusterMasterLost, failoverOrdered, sentinelMasterLost],
];
