import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '../test-client.js';
import { askKube, tellKube, type KubeAddress } from './kube-client.js';

const API = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

type Definition = {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
};

/**
 * Installs all CRDs of a folder, and waits until the server takes objects of their kinds.
 * @param folder One of `crds/` in what `scripts/kubernetes/build.sh` has built; each file holds one CRD.
 */
export async function installCrds(address: KubeAddress, folder: string): Promise<void> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  const names = files.flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split(/^---$/m)
      .flatMap((text) => {
        const name = /^ {2}name: (\S+)$/m.exec(text)?.[1];
        return name === undefined ? [] : [{ name, text }];
      }),
  );
  await Promise.all(
    names.map(async ({ name, text }) => {
      const query = 'fieldManager=test&force=true';
      await tellKube(address, 'PATCH', `${API}/${name}?${query}`, text, 'application/apply-patch+yaml');
      await waitUntil(`${name} is served`, async () => {
        const { body } = await askKube(address, 'GET', `${API}/${name}`);
        const conditions = (body as Definition).status?.conditions ?? [];
        return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
      });
    }),
  );
}
