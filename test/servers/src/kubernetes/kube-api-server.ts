import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from '../certificates.js';
import { freePorts } from '../free-port.js';
import { waitUntil } from '../test-client.js';
import { askKube, type KubeAddress } from './kube-client.js';
import { startProgram, type ProgramProcess } from '../program-process.js';

const MAX_ATTEMPTS = 5;

/** A kube-apiserver on an etcd of its own: the API of a cluster without nodes and controllers. */
export interface KubeApiServer extends KubeAddress {
  /** Ends both and removes their folder. */
  stop(): Promise<void>;
}

/**
 * Starts etcd and kube-apiserver on loopback, with RBAC, and waits until they are ready.
 * @param programs The folder that `scripts/kubernetes/build.sh` has built.
 * @throws Error when one of them is missing, or ends before it is ready
 */
export async function startKubeApiServer(programs: string): Promise<KubeApiServer> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await start(programs);
    } catch (error) {
      // Another program may have taken a port that was free a moment ago.
      if (tried === MAX_ATTEMPTS || !String(error).includes('address already in use')) throw error;
    }
  }
}

async function start(programs: string): Promise<KubeApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'redmeter-kubernetes-'));
  const { etcd, peer, api } = await freePorts('etcd', 'peer', 'api');
  const processes: ProgramProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const process of processes.reverse()) await process.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const etcdUrl = `http://127.0.0.1:${etcd}`;
    processes.push(
      await startProgram('etcd', etcdArgs(folder, etcdUrl, `http://127.0.0.1:${peer}`), {
        folder,
        fix: 'install it: apt-get install etcd-server',
      }),
    );
    const { caFile, certFile, keyFile } = makeCertificates(folder);
    const token = randomBytes(16).toString('hex');
    const args = [
      ...['--etcd-servers', etcdUrl, '--bind-address', '127.0.0.1', '--secure-port', String(api)],
      ...['--tls-cert-file', certFile, '--tls-private-key-file', keyFile, '--cert-dir', folder],
      ...authArgs(folder, token),
      // No controller manager makes the tokens that it waits for.
      ...['--disable-admission-plugins', 'ServiceAccount', '--service-cluster-ip-range', '10.0.0.0/24'],
    ];
    processes.push(
      await startProgram(join(programs, 'kube-apiserver'), args, {
        folder,
        fix: 'build it: sh scripts/kubernetes/build.sh',
      }),
    );
    const address = { url: `https://127.0.0.1:${api}`, caFile, token };
    const failure = (): string | undefined =>
      processes.map((process) => process.failure).find((each) => each !== undefined);
    await waitUntil(
      'the API server is ready',
      async () => failure() !== undefined || (await askKube(address, 'GET', '/readyz')).status === 200,
    );
    const ended = failure();
    if (ended !== undefined) throw new Error(ended);
    return { ...address, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function etcdArgs(folder: string, url: string, peerUrl: string): string[] {
  return [
    ...['--data-dir', join(folder, 'etcd'), '--listen-client-urls', url, '--advertise-client-urls', url],
    ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
    ...['--initial-cluster', `default=${peerUrl}`, '--unsafe-no-fsync'],
  ];
}

function authArgs(folder: string, token: string): string[] {
  const tokens = join(folder, 'tokens.csv');
  const key = join(folder, 'service-accounts.key');
  writeFileSync(tokens, `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(key, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  return [
    ...['--token-auth-file', tokens, '--authorization-mode', 'RBAC'],
    ...['--service-account-issuer', 'https://kubernetes.default.svc'],
    ...['--service-account-key-file', key, '--service-account-signing-key-file', key],
  ];
}
