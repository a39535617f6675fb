import { kubeconfigOf, laneCluster, tellKube, type TestCluster } from '@redmeter/test-servers';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';

/** The versions of Helm that the charts work with. */
export const HELM_VERSIONS = ['helm3', 'helm4'] as const;

/** One of them. */
type HelmVersion = (typeof HELM_VERSIONS)[number];

/** An object of Kubernetes, as far as tests look at all kinds alike. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
  readonly rules?: readonly object[];
}

/** A namespace of one test's own, in which Helm works. */
export interface HelmNamespace {
  readonly cluster: TestCluster;
  readonly name: string;
  readonly folder: string;
  /** Runs Helm, and gives what it printed. @throws Error with what it said, when it fails */
  helm(version: HelmVersion, ...args: readonly string[]): Promise<string>;
  /** What the chart makes of values. */
  render(version: HelmVersion, chart: string, values: object, ...args: readonly string[]): Promise<Manifest[]>;
  remove(): void;
}

// Helm built by go build takes the oldest Kubernetes for its default.
const KUBERNETES = ['--kube-version', '1.35.0'];

/** The folder of a chart. */
export const chartFolder = (name: string): string => join(__dirname, '../../charts', name);

/** Makes a namespace in which only pods of the Pod Security Standard `restricted` are admitted. */
export async function startHelmNamespace(): Promise<HelmNamespace> {
  const cluster = laneCluster();
  const name = `test-${randomBytes(5).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'redmeter-helm-'));
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await tellKube(cluster, 'POST', '/api/v1/namespaces', { metadata: { name, labels } });
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigOf(cluster, name), { mode: 0o600 });
  const helm = async (version: HelmVersion, ...args: readonly string[]): Promise<string> => {
    const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: kubeconfig, HELM_NAMESPACE: name };
    const options = { env, maxBuffer: 64 * 1024 * 1024 };
    return (await promisify(execFile)(join(cluster.programs, version), [...args], options)).stdout;
  };
  let files = 0;
  return {
    cluster,
    name,
    folder,
    helm,
    async render(version, chart, values, ...args) {
      const file = join(folder, `values-${(files += 1)}.json`);
      writeFileSync(file, JSON.stringify(values));
      return manifestsOf(
        await helm(version, 'template', 'redmeter', chartFolder(chart), ...KUBERNETES, '--values', file, ...args),
      );
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The objects in a text of several YAML documents. */
export function manifestsOf(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    if ('errors' in document && document.errors.length > 0) throw new Error(String(document.errors[0]));
    const value: unknown = 'toJS' in document ? document.toJS() : null;
    return value === null ? [] : [value as Manifest];
  });
}
