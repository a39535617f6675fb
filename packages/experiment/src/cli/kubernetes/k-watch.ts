import { ExperimentCluster } from '../../kubernetes/experiment-cluster.js';
import { ExperimentTrigger } from '../../kubernetes/experiment-trigger.js';
import { watchDeployments } from '../../kubernetes/watch-deployments.js';
import { EXIT_CODE, type CommandEnvironment, type ExitCode } from '../command-environment.js';

/** The flags of `redmeter k watch`. */
export type KWatchOptions = { readonly namespace?: string; readonly allNamespaces?: boolean };

/** Starts experiments for new pod templates until it is interrupted. */
export async function kWatch(options: KWatchOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const { signal } = environment;
  const cluster = await ExperimentCluster.connect(options.namespace);
  const namespace = options.allNamespaces === true ? undefined : cluster.namespace;
  const say = (line: string): void => environment.writeError(`redmeter: ${line}\n`);
  const trigger = new ExperimentTrigger(cluster, say, signal);
  say(`watching Deployments in ${namespace ?? 'all namespaces'}`);
  await watchDeployments(
    cluster.access,
    namespace,
    { onPresent: (deployment) => trigger.see(deployment), onGone: (deployment) => trigger.forget(deployment), say },
    signal,
  );
  return EXIT_CODE.holds;
}
