import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installGatewayApi, startKubeApiServer } from '@redmeter/test-servers';
import { build } from 'esbuild';

/**
 * Before the lane: one API server with the Gateway API for all files; each test has a namespace of its own. Tests find it by
 * REDMETER_TEST_KUBERNETES.
 * @param {unknown} _
 * @param {{readonly rootDir: string}} project
 */
export default async function serverUp(_, { rootDir }) {
  const { status, stdout } = spawnSync('sh', [join(rootDir, 'scripts/kubernetes/build.sh')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error('kube-apiserver could not be built, see above');
  const programs = stdout.trim();
  const bundling = build({
    stdin: { contents: "export * from '@kubernetes/client-node';", resolveDir: join(rootDir, 'packages/release') },
    outfile: join(rootDir, '.data/kubernetes-client.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
  });
  const server = await startKubeApiServer(programs);
  globalThis.redmeterKubernetes = server;
  await Promise.all([installGatewayApi(server, programs, 'standard'), bundling]);
  const { url, caFile, token } = server;
  process.env['REDMETER_TEST_KUBERNETES'] = JSON.stringify({ url, caFile, token, programs });
}
