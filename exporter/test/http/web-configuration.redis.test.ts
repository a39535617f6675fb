import { beforeAll, describe, expect, it } from '@jest/globals';
import { makeSelfSignedCertificate, waitFor } from '@redmeter/test-servers';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import bcrypt from 'bcrypt';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { readWebConfiguration } from '../../src/http/web-configuration.js';
import { startTestExporter } from '../test-exporter.js';

const server = useRedisServer();
const folder = temporaryFolder();
beforeAll(() => {
  makeSelfSignedCertificate(folder, 'server');
  makeSelfSignedCertificate(folder, 'client');
});

function write(text: string): string {
  const path = join(folder, 'web.yml');
  writeFileSync(path, text);
  return path;
}

const HASH = bcrypt.hashSync('open sesame', 4);
const TLS = 'tls_server_config: { cert_file: server.crt, key_file: server.key }\n';
const CLIENT_TLS = TLS.replace(' }', ', client_ca_file: client.crt, client_auth_type: RequireAndVerifyClientCert }');

async function status(url: string, options: object): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const ca = readFileSync(join(folder, 'server.crt'));
    request(`${url}/metrics`, { ca, agent: false, ...options }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode));
    })
      .once('error', reject)
      .end();
  });
}

describe('a web configuration', () => {
  it('requires a user and password, except for health', async () => {
    const webConfigFile = write(`basic_auth_users:\n  alice: ${HASH}\n  bob: ${HASH}\n`);
    const exporter = await startTestExporter(server.url, { webConfigFile });
    const ask = async (credentials?: string): Promise<number> => {
      const authorization = `Basic ${Buffer.from(credentials ?? '').toString('base64')}`;
      const answer = await fetch(
        `${exporter.url}/metrics`,
        credentials === undefined ? {} : { headers: { authorization } },
      );
      await answer.text();
      return answer.status;
    };
    expect(await ask()).toBe(401);
    expect(await ask('alice:wrong')).toBe(401);
    expect(await ask('carol:open sesame')).toBe(401);
    expect(await ask('alice')).toBe(401);
    expect(await ask('alice:open sesame')).toBe(200);
    expect(await ask('bob:open sesame')).toBe(200);
    expect(await ask('alice:wrong')).toBe(401);
    expect((await fetch(`${exporter.url}/healthz`)).status).toBe(200);
    // A user taken out of the file is out, without a restart.
    write(`basic_auth_users:\n  bob: ${HASH}\n`);
    await waitFor(async () => (await ask('alice:open sesame')) === 401);
    write('basic_auth_users: 5\n');
    await waitFor(async () => {
      expect(await ask('bob:open sesame')).toBe(200);
      return exporter.log.find((line) => line.includes('not reloaded'));
    });
    await exporter.stop();
  });

  it('secures the line, and takes a new certificate without a restart', async () => {
    const webConfigFile = write(TLS);
    const exporter = await startTestExporter(server.url, { webConfigFile });
    expect(exporter.url).toMatch(/^https:/);
    expect(await status(exporter.url, {})).toBe(200);
    await expect(fetch(exporter.url.replace('https', 'http'))).rejects.toThrow('fetch failed');
    const fingerprint = async (): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect({ port: Number(new URL(exporter.url).port), rejectUnauthorized: false }, () => {
          resolve(socket.getPeerCertificate().fingerprint256);
          socket.destroy();
        });
      });
    const before = await fingerprint();
    makeSelfSignedCertificate(folder, 'server');
    await waitFor(async () => (await fingerprint()) !== before);
    await exporter.stop();
  });

  it('closes TLS connections without a handshake', async () => {
    const exporter = await startTestExporter(server.url, { webConfigFile: write(TLS) });
    const socket = connectTcp(Number(new URL(exporter.url).port), '127.0.0.1').on('error', () => undefined);
    await once(socket.resume(), 'close');
    await exporter.stop();
  });

  it('requires client certificates, also of a new authority', async () => {
    const exporter = await startTestExporter(server.url, { webConfigFile: write(CLIENT_TLS) });
    await expect(status(exporter.url, {})).rejects.toThrow();
    const ask = async (): Promise<number | undefined> => {
      const [cert, key] = ['client.crt', 'client.key'].map((name) => readFileSync(join(folder, name)));
      return status(exporter.url, { cert, key });
    };
    expect(await ask()).toBe(200);
    makeSelfSignedCertificate(folder, 'client');
    await waitFor(async () => ask().catch(() => undefined));
    await exporter.stop();
  });

  it.each([
    ['TLS', 'http_server_config: {}\n', TLS],
    ['client certificates', TLS, CLIENT_TLS],
  ])('does not pretend to ask for %s without a restart', async (_name, before, after) => {
    const exporter = await startTestExporter(server.url, { webConfigFile: write(before) });
    write(after);
    await waitFor(() => exporter.log.find((line) => line.includes('web configuration')));
    expect(exporter.log.at(-1)).toBe(
      'error web configuration not reloaded: switching TLS or client certificates on or off needs a restart',
    );
    await exporter.stop();
  });

  it('adds headers', async () => {
    const webConfigFile = write('http_server_config: { headers: { X-Frame-Options: deny, X-XSS-Protection: "" } }\n');
    const exporter = await startTestExporter(server.url, { webConfigFile });
    const answer = await fetch(`${exporter.url}/healthz`);
    expect([answer.headers.get('x-frame-options'), answer.headers.get('x-xss-protection')]).toEqual(['deny', null]);
    await exporter.stop();
  });

  it.each([
    ['{', 'expected YAML'],
    ['- a', 'the file: expected fields, got ["a"]'],
    ['tls_config: {}', 'the file: unknown field tls_config; expected one of tls_server_config, '],
    ['basic_auth_users: { alice: secret }', 'basic_auth_users: alice: expected a bcrypt hash'],
    ['tls_server_config: {}', 'tls_server_config: expected a certificate and its key'],
    ['tls_server_config: { cert_file: no.crt, key_file: server.key }', 'cannot read '],
    [
      'tls_server_config: { cert_file: server.crt, key_file: client.key }',
      'tls_server_config: the certificate and key do not match',
    ],
    [`${TLS.slice(0, -3)}, min_version: SSL3 }`, 'tls_server_config.min_version: expected one of TLS10, '],
    [
      `${TLS.slice(0, -3)}, client_auth_type: RequestClientCert }`,
      'tls_server_config.client_auth_type: expected NoClientCert or ',
    ],
    [`${TLS.slice(0, -3)}, curve_preferences: [] }`, 'tls_server_config: unknown field curve_preferences'],
    ['http_server_config: { headers: { Set-Cookie: a } }', 'http_server_config.headers: unknown field Set-Cookie'],
  ])('refuses %s', (text, message) => {
    const path = write(text);
    expect(() => readWebConfiguration(path)).toThrow(`${path}: ${message}`);
  });

  it('never shows what is in the place of a hash', () => {
    const path = write('basic_auth_users: { alice: secret }');
    expect(() => readWebConfiguration(path)).not.toThrow(/secret/);
  });
});
