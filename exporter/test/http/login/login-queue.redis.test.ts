import { afterEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@redmeter/test-servers';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import { hashSync } from 'bcrypt';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTestExporter, type TestExporter } from '../../test-exporter.js';
import { connectRaw, statusesIn, type RawConnection } from '../raw-connection.js';

const server = useRedisServer();
const folder = temporaryFolder();
let exporter: TestExporter;
const connections: RawConnection[] = [];
afterEach(async () => {
  for (const { socket } of connections.splice(0)) socket.destroy();
  await exporter.stop();
});

/** Starts one that alice may ask, whose password takes as long to verify as with most hashes. */
async function start(maxConnections = 64): Promise<void> {
  const webConfigFile = join(folder, 'web.yml');
  // A cost of 10, which is htpasswd's when asked so, and Go's default.
  const users = { alice: hashSync('open sesame', 10), bob: hashSync('bob', 10) };
  writeFileSync(webConfigFile, JSON.stringify({ basic_auth_users: users }));
  exporter = await startTestExporter(server.url, { webConfigFile, maxConnections });
}

const authorization = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`;
const ask = (login: string): string =>
  `GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization(login)}\r\n\r\n`;
const logIn = async (login: string): Promise<number> => {
  const headers = { authorization: authorization(login), connection: 'close' };
  // Before: no answer in over a minute.
  const answer = await fetch(`${exporter.url}/metrics`, { headers, signal: AbortSignal.timeout(50_000) });
  await answer.text();
  return answer.status;
};

async function open(count: number): Promise<RawConnection[]> {
  const opened = await Promise.all(Array.from({ length: count }, async () => connectRaw(exporter.url)));
  connections.push(...opened);
  return opened;
}

describe('900 wrong logins', () => {
  it.each([
    ['all different', (i: number) => `alice:guess ${i}`],
    ['all alike', () => 'alice:old password'],
    ['of names of no user', (i: number) => `user ${i}:guess`],
  ])('on one connection, %s, hold up no right ones', async (_what, guess) => {
    await start();
    expect(await logIn('alice:open sesame')).toBe(200);
    const [attacker] = await open(1);
    attacker?.send(Array.from({ length: 900 }, (_, i) => ask(guess(i))).join(''));
    await attacker?.untilReceived(/^HTTP\/1\.1 401/);
    // One that was verified before, and one that was not.
    expect(await logIn('alice:open sesame')).toBe(200);
    expect(await logIn('bob:bob')).toBe(200);
  });

  it('on many connections hold up no right ones', async () => {
    await start();
    const attackers = await open(30);
    let sent = 0;
    for (const attacker of attackers) {
      attacker.send(Array.from({ length: 30 }, () => ask(`alice:guess ${(sent += 1)}`)).join(''));
    }
    await waitFor(() => attackers.some(({ received }) => received.includes(' 401 ')));
    expect(await logIn('alice:open sesame')).toBe(200);
    expect(await logIn('alice:open sesame')).toBe(200);
    expect(await logIn('bob:bob')).toBe(200);
  });

  it('on more connections than may wait are answered with 429', async () => {
    await start(300);
    expect(await logIn('alice:open sesame')).toBe(200);
    const attackers = await open(250);
    attackers.forEach((attacker, i) => attacker.send(ask(`alice:guess ${i}`)));
    await waitFor(() => attackers.some(({ received }) => received.includes(' 429 ')));
    const refused = attackers.find(({ received }) => received.includes(' 429 '))?.received ?? '';
    expect(statusesIn(refused)).toEqual([429]);
    expect(refused).toContain('Retry-After: 1\r\n');
    expect(await logIn('alice:open sesame')).toBe(200);
  });

  it('are dropped when their connection is closed', async () => {
    await start();
    for (const attacker of await open(40)) {
      attacker.send(
        Array.from({ length: 20 }, (_, i) => ask(`alice:guess ${attacker.socket.localPort} ${i}`)).join(''),
      );
      attacker.socket.resetAndDestroy();
    }
    expect(await logIn('alice:open sesame')).toBe(200);
  });
});
