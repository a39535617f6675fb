import { SentinelDeployment } from '../../deployments/sentinel-deployment.js';
import type { MergeProxy } from '../../proxy/merge-proxy.js';
import { faultKind } from '../fault.js';
import { loseMaster } from './lost-master.js';
import { callAcross, callBefore } from '../started-call.js';

const start = (proxy: MergeProxy) => SentinelDeployment.start(proxy);

/** Sentinels promote the replica of a master that is well, with a call under way; what the old one acknowledges meanwhile is lost. */
export const failoverOrdered = faultKind({
  name: 'Sentinel: failover ordered',
  share: 10,
  isSlow: true,
  start,
  async inject({ deployment, earlier, proxy }) {
    const call = await proxy.nextCall();
    const failOver = () => deployment.set.failOver();
    return earlier % 2 === 0 ? callAcross(call, failOver) : callBefore(call, failOver);
  },
});

/** The master is killed while its replica lags, which the Sentinels promote; the dead one comes back as a replica. */
export const sentinelMasterLost = faultKind({
  name: 'Sentinel: master with more than its replica killed',
  share: 10,
  isSlow: true,
  start,
  async inject({ deployment: { set }, proxy, random }) {
    const master = await set.master();
    const client = await master.connect();
    const has = (): boolean => true;
    const strike = await loseMaster({ client, port: master.port, has, kill: () => set.killMaster() }, proxy, random);
    await set.restart(master);
    client.disconnect();
    return strike;
  },
});
