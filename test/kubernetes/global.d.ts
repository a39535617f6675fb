import type { KubeApiServer } from '@redmeter/test-servers';

declare global {
  var redmeterKubernetes: KubeApiServer | undefined;
}
