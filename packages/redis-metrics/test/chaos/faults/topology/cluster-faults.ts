import { hashSlot } from '@redmeter/metric-format';
import { ClusterDeployment } from '../../deployments/cluster-deployment.js';
import type { MergeProxy } from '../../proxy/merge-proxy.js';
import { between } from '../../random.js';
import { faultKind } from '../fault.js';
import { loseMaster } from './lost-master.js';
import { callAcross, callBefore } from '../started-call.js';

const start = (proxy: MergeProxy) => ClusterDeployment.start(proxy);

/**
 * The slot of a shard, with all its keys, moves to another master with a call to it under way: when the call has run; before it
 * arrives; or it arrives when the keys are there, and the slot is not.
 */
export const slotMoved = faultKind({
  name: 'cluster: slot moved',
  share: 30,
  isSlow: true,
  keepsData: true,
  start,
  async inject({ deployment, earlier, proxy }) {
    const call = await proxy.nextCall();
    const slot = hashSlot(call.ledger);
    const to = await deployment.otherMaster(slot);
    const move = (isToEnd: boolean) => () => deployment.cluster.migrateSlot(slot, to, { isToEnd });
    if (earlier % 3 === 1) return callBefore(call, move(true));
    if (earlier % 3 === 2) return callAcross(call, move(true));
    const strike = await callAcross(call, move(false));
    await move(true)();
    return strike;
  },
});

/** A master hands over to its replica in agreement, with a call under way that has run, or not. */
export const masterHandedOver = faultKind({
  name: 'cluster: master handed over',
  share: 20,
  isSlow: true,
  keepsData: true,
  start,
  async inject({ deployment: { cluster, slots }, earlier, proxy }) {
    // Another shard each time: masters refuse to vote for the same one's replica again within seconds.
    const slot = slots[earlier % slots.length] ?? 0;
    const call = await proxy.nextCall((ledger) => hashSlot(ledger) === slot);
    const handOver = () => cluster.failOver(slot);
    return earlier % 2 === 0 ? callAcross(call, handOver) : callBefore(call, handOver);
  },
});

/** A master is killed while its replica lags, which takes over; the dead one comes back as a replica. */
export const clusterMasterLost = faultKind({
  name: 'cluster: master with more than its replica killed',
  share: 10,
  isSlow: true,
  start,
  async inject({ deployment: { cluster, slots }, proxy, random }) {
    const slot = slots[between(random, 0, slots.length - 1)] ?? 0;
    const master = await cluster.masterOf(slot);
    const { client, port } = master;
    const has = (ledger: string): boolean => hashSlot(ledger) === slot;
    const strike = await loseMaster({ client, port, has, kill: () => cluster.killMasterOf(slot) }, proxy, random);
    await cluster.restart(master);
    return strike;
  },
});
