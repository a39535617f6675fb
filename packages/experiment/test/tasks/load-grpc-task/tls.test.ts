import { ServerCredentials } from '@grpc/grpc-js';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { runCommandProcess } from '../../cli/command-process.js';
import type { GrpcTestServer } from '../../servers/grpc-test-server.js';
import { makeTestCertificates, type TestCertificates } from '../../servers/test-certificates.js';
import { call, folder, run, serve } from '../grpc-task.js';

describe('the gRPC task over TLS', () => {
  let certificates: TestCertificates;
  beforeAll(() => {
    certificates = makeTestCertificates();
  });

  async function serveTls(asksForCertificate = false): Promise<GrpcTestServer> {
    const { authority, server, client } = certificates;
    await folder.write('ca.pem', authority.toString());
    await folder.write('client.pem', client.cert.toString());
    await folder.write('client.key', client.key.toString());
    const pair = { cert_chain: server.cert, private_key: server.key };
    return serve({
      credentials: ServerCredentials.createSsl(authority, [pair], asksForCertificate),
      reflection: 'both',
    });
  }
  const errorsOf = async (inputs: Record<string, unknown>): Promise<unknown> => {
    const { loads } = await run({ call, proto: 'greeter.proto', total: 5, timeout: '5s', ...inputs });
    const { requests, errors, failures } = loads[0]?.['grpc'] ?? {};
    return { requests, errors, reasons: Object.keys(failures ?? {}).join() };
  };
  const all = { requests: 5, errors: 0, reasons: '' };
  const none = (reason: string): unknown => ({ requests: 5, errors: 5, reasons: expect.stringContaining(reason) });

  it('trusts the given certificates, or any', async () => {
    const { host, names } = await serveTls();
    expect(await errorsOf({ host, insecure: false })).toEqual(none('certificate'));
    expect(names).toEqual([]);
    expect(await errorsOf({ host, cacert: 'ca.pem' })).toEqual(all);
    expect(await errorsOf({ host, skipTLS: true })).toEqual(all);
    expect(await errorsOf({ host, cacert: 'ca.pem', cname: 'localhost' })).toEqual(all);
    expect(await errorsOf({ host, cacert: 'ca.pem', cname: 'elsewhere' })).toEqual(none('UNAVAILABLE'));
    expect(await errorsOf({ host, cacert: 'ca.pem', proto: undefined })).toEqual(all);
  });

  it('hides the warning of Node about an IP address as server name', async () => {
    const { host } = await serveTls();
    await folder.write('experiment.yaml', stringify([{ task: 'grpc', with: { host, call, skipTLS: true, total: 1 } }]));
    const { code, err } = await runCommandProcess('run', '--run-dir', folder.path);
    expect([code, err]).toEqual([0, 'task 1/1: grpc\n']);
  });

  it('shows a certificate of its own', async () => {
    const { host } = await serveTls(true);
    expect(await errorsOf({ host, cacert: 'ca.pem' })).toEqual(none('UNAVAILABLE'));
    expect(await errorsOf({ host, cacert: 'ca.pem', cert: 'client.pem', key: 'client.key' })).toEqual(all);
  });
});
