import { ExperimentError, readClusterAccess, type ClusterAccess } from '@redmeter/experiment';
import { ReleaseError } from '../../release-error.js';

/** As `readClusterAccess`. @throws ReleaseError `gateway_unavailable` */
export async function readKubeconfig(root = ''): Promise<ClusterAccess> {
  try {
    return await readClusterAccess(root);
  } catch (error) {
    if (error instanceof ExperimentError) throw new ReleaseError('gateway_unavailable', error.message);
    throw error;
  }
}
