import { credentials, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { makeCertificates, waitFor } from '@redmeter/test-servers';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { abnClient } from '../abn-client.js';
import { ask, startTestService, type TestService } from '../test-service.js';

let folder: string;
let service: TestService | undefined;

beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

it('takes one of the tokens of a file, and follows the file', async () => {
  const tokenFile = join(folder, 'tokens');
  await writeFile(tokenFile, '# of the shop\nfirst-token\n\nsecond-token\n');
  const { url, grpcAddress, log } = (service = await startTestService({ tokenFile }));
  const lookup = (headers: Record<string, string>) =>
    ask(`${url}/v1/lookup`, { application: 'shop', user: 'ann' }, headers);
  for (const [headers, expected] of [
    [{}, 401],
    [bearer('third-token'), 401],
    [bearer('first'), 401],
    [{ Authorization: 'Basic Zmlyc3QtdG9rZW46' }, 401],
    [bearer('first-token'), 200],
    [bearer('second-token'), 200],
  ] as const) {
    expect([headers, (await lookup(headers)).status]).toEqual([headers, expected]);
  }
  expect((await lookup({})).headers.get('www-authenticate')).toMatch(/^Bearer/);
  expect([(await ask(`${url}/metrics`)).status, (await ask(`${url}/healthz`)).status]).toEqual([401, 200]);
  expect((await ask(`${url}/openapi.json`)).json).toMatchObject({
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    paths: { '/v1/lookup': { post: { security: [{ token: [] }] } } },
  });
  const anonymous = abnClient('iter8_1_1', grpcAddress);
  const known = abnClient('iter8_1_1', grpcAddress, { token: 'second-token' });
  await expect(anonymous.call('Lookup', { name: 'shop', user: 'ann' })).rejects.toMatchObject({
    code: status.UNAUTHENTICATED,
  });
  expect(await known.call('Lookup', { name: 'shop', user: 'ann' })).toHaveProperty('versionNumber');
  await writeFile(tokenFile, 'third-token\n');
  await waitFor(async () => (await lookup(bearer('third-token'))).status === 200);
  expect((await lookup(bearer('first-token'))).status).toBe(401);
  await writeFile(tokenFile, '');
  await waitFor(() => log.some((line) => line.startsWith('tokens not reloaded')));
  expect((await lookup(bearer('third-token'))).status).toBe(200);
  expect(log.join('\n')).not.toContain('third-token');
  anonymous.close();
  known.close();
});

it('serves both sides over TLS, and follows a renewed certificate', async () => {
  const { ca, certFile: cert, keyFile: key } = makeCertificates(folder);
  const { url, grpcAddress, log } = (service = await startTestService({ certificate: { cert, key } }));
  expect(url).toMatch(/^https:/);
  const code = await new Promise((resolve, reject) => {
    get(`${url}/healthz`, { ca }, (response) => resolve(response.resume().statusCode)).on('error', reject);
  });
  expect(code).toBe(200);
  const channel = credentials.createSsl(Buffer.from(ca));
  const client = abnClient('iter8_1_1', grpcAddress, { channel });
  expect(await client.call('Lookup', { name: 'shop', user: 'ann' })).toHaveProperty('versionNumber');
  client.close();

  const second = temporaryFolder();
  const renewed = makeCertificates(second);
  await writeFile(key, await readFile(renewed.keyFile));
  await writeFile(cert, await readFile(renewed.certFile));
  await waitFor(() => log.includes('certificate reloaded'));
  const after = abnClient('iter8_1_1', grpcAddress, { channel: credentials.createSsl(Buffer.from(renewed.ca)) });
  expect(await after.call('Lookup', { name: 'shop', user: 'ann' })).toHaveProperty('versionNumber');
  after.close();
  const { port } = new URL(url);
  const isTrusted = await new Promise<boolean>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(port), ca: renewed.ca }, () => {
      resolve(socket.authorized);
      socket.destroy();
    }).on('error', reject);
  });
  expect(isTrusted).toBe(true);
});

it('refuses to start with files that do not do', async () => {
  const empty = join(folder, 'empty');
  await writeFile(empty, '# nobody\n');
  await expect(startTestService({ tokenFile: empty })).rejects.toMatchObject({
    code: 'invalid_configuration',
    message: expect.stringMatching(/--token-file: .*: expected one token per line, got none/),
  });
  await expect(startTestService({ tokenFile: join(folder, 'missing') })).rejects.toMatchObject({
    message: expect.stringMatching(/ENOENT/),
  });
  await expect(startTestService({ certificate: { cert: empty, key: empty } })).rejects.toMatchObject({
    message: expect.stringMatching(/expected a certificate in .* and its key in/),
  });
});
