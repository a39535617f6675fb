import { describe, expect, it } from '@jest/globals';
import { hashSync } from 'bcrypt';
import { BasicAuth } from '../../../src/http/login/basic-auth.js';
import { LoginQueue } from '../../../src/http/login/login-queue.js';

const header = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`;
const CLIENT = { address: '10.0.0.1', failedLogins: 0, signal: new AbortController().signal };

/** Authentication, with the hashes that it compared passwords with. */
function startAuth(): { readonly auth: BasicAuth; readonly compared: string[] } {
  const compared: string[] = [];
  const queue = new LoginQueue((password, hash) => {
    compared.push(hash);
    return Promise.resolve(hash === `hash of ${password}`);
  });
  return { auth: new BasicAuth(queue), compared };
}

describe('basic authentication', () => {
  const users = new Map([
    ['alice', 'hash of sesame'],
    ['bob', 'hash of sesame'],
  ]);

  it.each([
    ['the password', header('alice:sesame'), 'right'],
    ['another password', header('alice:other'), 'wrong'],
    ['the password of another user for no user', header('carol:sesame'), 'wrong'],
    ['a user without a password', header('alice'), 'wrong'],
    ['an empty user', header(':sesame'), 'wrong'],
    ['another scheme', 'Bearer sesame', 'wrong'],
    ['what is not base64', 'Basic %%%', 'wrong'],
    ['nothing', undefined, 'wrong'],
    ['the name of a property', header('__proto__:sesame'), 'wrong'],
  ])('with %s', async (_what, authorization, outcome) => {
    const { auth } = startAuth();
    expect(await auth.check(authorization, users, CLIENT)).toBe(outcome);
    expect(await auth.check(authorization, users, CLIENT)).toBe(outcome);
  });

  it.each([
    ['right', 'alice:sesame'],
    ['wrong', 'alice:other'],
    ['unknown', 'carol:sesame'],
  ])('verifies a %s login once while it is remembered', async (_what, login) => {
    const { auth, compared } = startAuth();
    for (let i = 0; i < 10; i += 1) await auth.check(header(login), users, CLIENT);
    expect(compared).toHaveLength(1);
    auth.forget();
    await auth.check(header(login), users, CLIENT);
    expect(compared).toHaveLength(2);
  });

  it('remembers right logins however many wrong ones come', async () => {
    const { auth, compared } = startAuth();
    await auth.check(header('alice:sesame'), users, CLIENT);
    for (let i = 0; i < 2000; i += 1) await auth.check(header(`alice:${i}`), users, CLIENT);
    const before = compared.length;
    expect(await auth.check(header('alice:sesame'), users, CLIENT)).toBe('right');
    expect(compared).toHaveLength(before);
  });

  it('does not remember a login for another hash, or for a user that is gone', async () => {
    const { auth } = startAuth();
    expect(await auth.check(header('alice:sesame'), users, CLIENT)).toBe('right');
    expect(await auth.check(header('alice:sesame'), new Map([['alice', 'hash of other']]), CLIENT)).toBe('wrong');
    expect(await auth.check(header('alice:sesame'), new Map([['bob', 'hash of sesame']]), CLIENT)).toBe('wrong');
  });

  it('compares the password of no user with one of the hashes, the same one each time', async () => {
    const { auth, compared } = startAuth();
    const different = new Map(Array.from({ length: 20 }, (_, i) => [`user ${i}`, `hash ${i}`]));
    for (let i = 0; i < 5; i += 1) await auth.check(header(`nobody:${i}`), different, CLIENT);
    for (let i = 0; i < 40; i += 1) await auth.check(header(`nobody ${i}:a`), different, CLIENT);
    expect(new Set(compared.slice(0, 5)).size).toBe(1);
    expect(new Set(compared).size).toBeGreaterThan(5);
    expect(compared.filter((hash) => ![...different.values()].includes(hash))).toEqual([]);
  });

  it.each(['$2a$', '$2b$', '$2y$'])('reads hashes that begin with %s', async (version) => {
    const auth = new BasicAuth();
    const hash = version + hashSync('öpen sesame', 4).slice(version.length);
    const own = new Map([['alice', hash]]);
    expect(await auth.check(header('alice:öpen sesame'), own, CLIENT)).toBe('right');
    expect(await auth.check(header('alice:open sesame'), own, CLIENT)).toBe('wrong');
  });
});
