import { beforeAll, describe, expect, it } from '@jest/globals';
import { makeSelfSignedCertificate, freePort } from '@redmeter/test-servers';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startTestExporter, type TestOptions } from '../test-exporter.js';

const server = useRedisServer();
const folder = temporaryFolder();
beforeAll(() => {
  makeSelfSignedCertificate(folder, 'server');
});

/** The exit code of the image's health check. */
async function check(listen: string): Promise<unknown> {
  const child = spawn(process.execPath, [join(__dirname, '../../dist/cli/health.js')], {
    env: { PATH: process.env['PATH'], REDMETER_EXPORTER_LISTEN: listen },
    stdio: 'inherit',
  });
  return ((await once(child, 'close')) as unknown[])[0];
}

function webConfig(name: string, fields: string): string {
  const path = join(folder, name);
  writeFileSync(path, `tls_server_config: { cert_file: server.crt, key_file: server.key${fields} }\n`);
  return path;
}

const askForCertificates = ', client_ca_file: server.crt, client_auth_type: RequireAndVerifyClientCert';

describe('the health check', () => {
  it.each<[string, () => TestOptions]>([
    ['HTTP on any port', () => ({})],
    ['HTTP at all addresses', () => ({ listen: { host: '0.0.0.0', port: 0 } })],
    ['TLS', () => ({ webConfigFile: webConfig('tls.yml', '') })],
    ['TLS for certain clients', () => ({ webConfigFile: webConfig('clients.yml', askForCertificates) })],
    [
      'TLS 1.2 for certain clients',
      () => ({ webConfigFile: webConfig('old.yml', `${askForCertificates}, max_version: TLS12`) }),
    ],
  ])('is content with an exporter that speaks %s', async (_name, options) => {
    const exporter = await startTestExporter(server.url, options());
    expect(await check(new URL(exporter.url).host)).toBe(0);
    await exporter.stop();
  });

  it('fails without a server, and with another server', async () => {
    expect(await check(`127.0.0.1:${await freePort()}`)).toBe(1);
    const other = createServer((_request, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
    await once(other, 'listening');
    expect(await check(`127.0.0.1:${(other.address() as AddressInfo).port}`)).toBe(1);
    other.close();
  });

  it('is not content with a server that keeps silent', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    expect(await check(`127.0.0.1:${(silent.address() as AddressInfo).port}`)).toBe(1);
    silent.closeAllConnections();
    silent.close();
  });
});
