import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import {
  messageOf,
  openMetricsStore,
  readSpecValues,
  type CommandEnvironment,
  type MetricsStore,
  type StoreChoice,
} from '@redmeter/experiment';
import type { Gateway } from '../gateway/gateway.js';
import { kubernetesGateway } from '../gateway/kubernetes/kubernetes-gateway.js';
import { nginxGateway } from '../gateway/nginx/nginx-gateway.js';
import { estimateWarning } from '../spec/judge-slos.js';
import { planOf, type TrafficPlan } from '../plan/traffic-plan.js';
import { ReleaseError } from '../release-error.js';
import { parseRelease } from '../spec/parse-release.js';
import type { ReleaseSpec } from '../spec/release-spec.js';

/** The flags of the commands of `redmeter release`. */
export type ReleaseOptions = StoreChoice & {
  readonly file: string;
  readonly set: readonly string[];
  readonly json?: boolean;
  readonly publishRedis?: string;
  /** Kubernetes: takes over fields of the route that others manage. */
  readonly forceConflicts?: boolean;
};

/** A release as read from its file, with values derived from it. */
export type ReadRelease = {
  readonly spec: ReleaseSpec;
  /** The plan before any rollout. */
  readonly plan: TrafficPlan;
  /** The folder of the file. */
  readonly folder: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
};

/** Reads `release.yaml`. @throws ReleaseError `file_missing`, ExperimentError `invalid_spec` */
export async function readRelease(options: ReleaseOptions, environment: CommandEnvironment): Promise<ReadRelease> {
  const file = resolve(environment.workingFolder, options.file);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new ReleaseError('file_missing', `expected to read the release ${file}, got ${messageOf(cause)}`, { cause });
  }
  const given = await readSpecValues({ set: options.set }, environment.workingFolder);
  const isInEnvironment = (name: string): boolean => (environment.variables[name] ?? '') !== '';
  const spec = parseRelease(text, file, { given, isInEnvironment }, environment.variables);
  const folder = dirname(file);
  const ownFolder = spec.gateway.kind === 'nginx' ? spec.gateway.folder : undefined;
  const gatewayFolder =
    ownFolder === undefined
      ? join(homedir(), '.local/share/redmeter/gateways', spec.application)
      : resolve(folder, ownFolder);
  // Given values take precedence over the environment, also for scripts and templates.
  const variables = { ...environment.variables, ...Object.fromEntries(given) };
  const versions = spec.versions.map((version) =>
    'url' in version && version.ca !== undefined ? { ...version, ca: resolve(folder, version.ca) } : version,
  );
  return { spec, plan: planOf({ ...spec, versions }, gatewayFolder), folder, variables };
}

/** Warns on standard error, in one line, of what may mislead the judge of a release. */
export function warnOfEstimates({ spec }: ReadRelease, environment: CommandEnvironment): void {
  const warning = estimateWarning(spec.rollout?.judge ?? []);
  if (warning !== undefined) environment.writeError(`redmeter: warning: ${warning}\n`);
}

/** The application that a command is about: the one named, else the one of `release.yaml`. */
export async function applicationOf(
  named: string | undefined,
  options: ReleaseOptions,
  environment: CommandEnvironment,
): Promise<string> {
  return named ?? (await readRelease(options, environment)).spec.application;
}

/** The gateway that a plan names. @param patience How long it repeats what cannot be done at the moment. */
export function gatewayOf(
  { gateway, application }: TrafficPlan,
  { forceConflicts = false }: ReleaseOptions,
  { retryMs = 0 }: { readonly retryMs?: number } = {},
): Gateway {
  return gateway.kind === 'nginx'
    ? nginxGateway(gateway.folder)
    : kubernetesGateway(gateway, application, { forceConflicts, retryMs });
}

/** Does something with the store that flags and environment choose, and closes it. */
export async function withReleaseStore<T>(
  options: ReleaseOptions,
  environment: CommandEnvironment,
  use: (store: MetricsStore) => Promise<T>,
): Promise<T> {
  const store = await openMetricsStore(options, environment.variables);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
