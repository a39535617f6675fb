import { describe, expect, it } from '@jest/globals';
import { startSentinelSet, startTlsRedisServer, startUnixRedisServer } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCommandFolder } from '../command-run.js';
import { doctor } from './doctor-run.js';

const server = useRedisServer();
const OPERATIONS = readFileSync(join(__dirname, '../../../../../docs/operations.md'), 'utf8');

/** The rules of the user in docs/operations.md. */
function documentedRules(): string[] {
  const [, rules = ''] = /^user redmeter-doctor on >password\n((?: .*\n)+)/m.exec(OPERATIONS) ?? [];
  return rules.split(/\s+/).filter((rule) => rule !== '');
}

function as(user: string): string {
  return server.url.replace('//', `//${user}:pw@`);
}

describe('a user', () => {
  it('needs no more rights than the documents name', async () => {
    await server.client.hset('metrics:gauge:a', { value: '5', timestamp: '1763600012345' });
    await server.client.rpush('metrics:gauge:b', '5');
    expect(documentedRules()).toContain('%R~metrics:*');
    await server.client.call('ACL', 'SETUSER', 'least', 'on', '>pw', ...documentedRules());
    await server.client.acl('LOG', 'RESET');
    const { findings, json } = await doctor(as('least'));
    expect(findings.has('missing_rights')).toBe(false);
    expect(findings.has('layout_list')).toBe(true);
    expect(json).toMatchObject({ series: 1, memoryBytes: expect.any(Number) });
    expect(await server.client.acl('LOG')).toEqual([]);
  });

  it('who lacks rights is told which, with the line that grants them', async () => {
    await server.client.call('ACL', 'SETUSER', 'weak', 'on', '>pw', '-@all', '+scan', '+info', '%R~other:*', '+type');
    const { code, findings } = await doctor(as('weak'));
    expect(code).toBe(0);
    const todo = findings.get('missing_rights')?.todo ?? '';
    expect(todo).toMatch(/^ACL SETUSER weak %R~metrics:\* %R~metrics-meta:\* \+/);
    await server.client.call('ACL', 'SETUSER', ...todo.split(' ').slice(2));
    expect((await doctor(as('weak'))).findings.has('missing_rights')).toBe(false);
  });

  it('who may do nothing gets an answer', async () => {
    await server.client.call('ACL', 'SETUSER', 'nobody', 'on', '>pw', '-@all');
    const { code, findings } = await doctor(as('nobody'));
    expect(code).toBe(0);
    expect([...findings.keys()]).toEqual(['missing_rights']);
  });
});

describe('ends with exit code 2', () => {
  it.each([
    ['for a wrong password', () => [as('stranger')], /WRONGPASS/],
    [
      'where nobody answers',
      () => ['redis://127.0.0.1:1'],
      /^redmeter: doctor: expected to connect to redis:.*ECONNREFUSED/,
    ],
    [
      'for no URL of Redis',
      () => ['http://me:secret@localhost'],
      /^redmeter: expected redis:.*got http:\/\/\*\*\*@localhost/,
    ],
    ['for two addresses', () => [server.url, '--redis', server.url], /expected one address of Redis, got two/],
    ['for no prefix', () => ['--prefix', 'a*'], /--prefix: expected letters/],
    ['for no number', () => ['--max-keys', 'all'], /--max-keys: expected a whole number above 0, got "all"/],
    ['for an unknown flag', () => ['--keys'], /unknown option/],
  ])('%s', async (_what, argv, message) => {
    const { code, out, err } = await makeCommandFolder().run('doctor', ...argv());
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/secret|pw/);
  });
});

describe('reaches', () => {
  it('the Redis of REDIS_URL', async () => {
    const run = await makeCommandFolder({ REDIS_URL: server.url }).run('doctor');
    expect(run.out).toContain(`redis      ${server.url}, version`);
  });

  it('a socket in the file system', async () => {
    const unix = await startUnixRedisServer();
    expect((await doctor(`unix://${unix.socket}`)).findings.has('no_metrics')).toBe(true);
    await unix.stop();
  });

  it('a server by TLS, whose authority Node is told', async () => {
    const tls = await startTlsRedisServer();
    const program = join(__dirname, '../../../bin/redmeter.mjs');
    const child = spawn(process.execPath, [program, 'doctor', tls.tlsUrl], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: tls.certificates.caFile },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(out).toContain(`redis      ${tls.tlsUrl}, version`);
    expect((await doctor(tls.tlsUrl)).err).toMatch(/certificate/);
    await tls.stop();
  });

  it('the master that Sentinels name', async () => {
    const set = await startSentinelSet({ replicas: 1 });
    const hosts = set.sentinels.map(({ host, port }) => `${host}:${port}`).join(',');
    const { findings, json } = await doctor(`redis-sentinel://${hosts}/${set.name}`);
    expect(json).toMatchObject({ databaseKeys: 0 });
    expect(findings.has('is_replica')).toBe(false);
    await set.stop();
  });
});
