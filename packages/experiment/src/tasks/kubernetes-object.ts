import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { ExperimentError, messageOf } from '../experiment-error.js';

/** An object of a Kubernetes cluster, and what must hold of it. */
export type KubernetesObject = {
  /** Its API group and version; those that the cluster prefers when they are not given. */
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  /** The kind of resource, such as `deployments`. */
  readonly resource: string;
  readonly name: string;
  /** The namespace of kubectl's context when it is not given. */
  readonly namespace?: string | undefined;
  /** Conditions whose status must be `True`; without any it is enough that the object exists. */
  readonly conditions?: readonly string[] | undefined;
};

const run = promisify(execFile);

type Answer = { readonly kind: 'answer'; readonly json: string } | { readonly kind: 'failed'; readonly reason: string };

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
// The server that kubectl uses if neither a kubeconfig nor a service account names a cluster.
const NO_CLUSTER = /\blocalhost:8080\b/;

const objectSchema = z.object({
  status: z
    .object({
      conditions: z.array(z.object({ type: z.string(), status: z.string(), reason: z.string().optional() })).optional(),
    })
    .optional(),
});

/**
 * Asks the cluster once, with the kubectl on the PATH of this environment.
 *
 * @returns why the object is not ready; undefined when it is.
 * @throws ExperimentError `task_failed` if kubectl is missing or has no cluster configured.
 */
export async function whyObjectIsNotReady(
  object: KubernetesObject,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const answer = await askKubectl(getArguments(object), environment, signal);
  if (answer.kind === 'failed') return answer.reason;
  const parsed = objectSchema.safeParse(jsonOf(answer.json));
  if (!parsed.success) return 'a reply of kubectl that is not an object';
  const known = parsed.data.status?.conditions ?? [];
  for (const wanted of object.conditions ?? []) {
    const found = known.find(({ type }) => type.toLowerCase() === wanted.toLowerCase());
    if (found === undefined) return `no condition ${wanted}`;
    if (found.status === 'True') continue;
    return `condition ${wanted} ${found.status}${found.reason === undefined ? '' : ` (${found.reason})`}`;
  }
  return undefined;
}

function getArguments({ group, version, resource, name, namespace }: KubernetesObject): string[] {
  // kubectl's form: deployments.v1.apps; of the core group pods.v1. with the last dot.
  const kind =
    version === undefined
      ? [resource, ...(group === undefined ? [] : [group])].join('.')
      : `${resource}.${version}.${group ?? ''}`;
  return ['get', kind, name, ...(namespace === undefined ? [] : ['--namespace', namespace]), '--output', 'json'];
}

async function askKubectl(
  given: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const { stdout } = await run('kubectl', given, { env: environment, signal, maxBuffer: MAX_ANSWER_BYTES });
    return { kind: 'answer', json: stdout };
  } catch (cause) {
    if (signal.aborted) return { kind: 'failed', reason: 'no reply of kubectl' };
    const { code, stderr = '' } = cause as { readonly code?: unknown; readonly stderr?: string };
    if (code === 'ENOENT') {
      throw new ExperimentError(
        'task_failed',
        'resource: expected kubectl on PATH, found none; install it (https://kubernetes.io/docs/tasks/tools/)',
        { cause },
      );
    }
    // Of several lines the last is for people.
    const problem = stderr.trim().split('\n').at(-1) ?? '';
    if (NO_CLUSTER.test(problem)) {
      throw new ExperimentError(
        'task_failed',
        `resource: expected kubectl to be set up for a cluster (kubectl config get-contexts lists them), got ${problem}`,
        { cause },
      );
    }
    return { kind: 'failed', reason: problem === '' ? messageOf(cause) : problem };
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Reported as an answer that is not an object.
    return undefined;
  }
}
