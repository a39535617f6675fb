import { askKube } from '@redmeter/test-servers';
import type { HelmNamespace, Manifest } from './helm.js';

interface PodTemplate {
  readonly metadata?: object;
  readonly spec: { readonly volumes?: readonly object[] };
}

/** What the server says against objects: each refused one with its reason. Nothing is made. */
export async function problemsOf(namespace: HelmNamespace, manifests: readonly Manifest[]): Promise<string[]> {
  const pods = manifests.flatMap((manifest) => podsOf(manifest));
  const found = await Promise.all([...manifests, ...pods].map((manifest) => problemOf(namespace, manifest)));
  return found.flat();
}

/** The pods that controllers would make: Pod Security admission looks at pods alone. */
function podsOf({ kind, metadata, spec }: Manifest): Manifest[] {
  const template = templateOf(kind, spec);
  if (template === undefined) return [];
  const { volumeClaimTemplates: claims = [] } = spec as {
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
  };
  // As the controller of a StatefulSet names them.
  const claimed = claims.map((claim) => ({
    name: claim.metadata.name,
    persistentVolumeClaim: { claimName: `${claim.metadata.name}-${metadata.name}-0` },
  }));
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...template.metadata, name: `${metadata.name}-pod` },
      spec: { ...template.spec, volumes: [...(template.spec.volumes ?? []), ...claimed] },
    },
  ];
}

function templateOf(kind: string, spec: unknown): PodTemplate | undefined {
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'Job':
      return (spec as { template: PodTemplate }).template;
    case 'CronJob':
      return (spec as { jobTemplate: { spec: { template: PodTemplate } } }).jobTemplate.spec.template;
    default:
      return undefined;
  }
}

async function problemOf({ cluster, name }: HelmNamespace, manifest: Manifest): Promise<string[]> {
  const path = `${pathOf(manifest, name)}?dryRun=All&fieldValidation=Strict`;
  const { status, body } = await askKube(cluster, 'POST', path, manifest);
  if (status < 300) return [];
  return [
    `${manifest.kind} ${manifest.metadata.name}: ${status} ${(body as { message?: string }).message ?? String(body)}`,
  ];
}

const CLUSTER_WIDE = ['ClusterRole', 'ClusterRoleBinding'];

/** The path of the objects of a kind. */
export function pathOf({ apiVersion, kind, metadata }: Manifest, namespace: string): string {
  const plural = kind
    .toLowerCase()
    .replace(/y$/, 'ie')
    .replace(/([^s])$/, '$1s');
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  if (CLUSTER_WIDE.includes(kind)) return `${group}/${plural}`;
  return `${group}/namespaces/${metadata.namespace ?? namespace}/${plural}`;
}
