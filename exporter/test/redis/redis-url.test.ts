import { expect, it } from '@jest/globals';
import { readAddresses } from '../../src/redis/redis-url.js';
import { DEFAULTS } from '../test-exporter.js';

it('names each Redis by the name before its URL, its master, or its first host', () => {
  const urls = [
    'orders=redis://s3cret@host',
    'redis-sentinel://:s3cret@a,b/main',
    'redis://[::1]:7000,b',
    'unix:///run/a.sock',
  ];
  expect(readAddresses(urls, DEFAULTS.access).map(({ name, shown }) => ({ name, shown }))).toEqual([
    { name: 'orders', shown: 'orders=redis://***@host' },
    { name: 'main', shown: 'redis-sentinel://***@a,b/main' },
    { name: '[::1]:7000', shown: 'redis://[::1]:7000,b' },
    { name: '/run/a.sock', shown: 'unix:///run/a.sock' },
  ]);
});

it('lets user and password of the options take precedence over those of the URL, except for Sentinels', () => {
  const access = { ...DEFAULTS.access, user: 'reader', password: 'pw', sentinelPassword: 'watch' };
  const [address] = readAddresses(['rediss-sentinel://u:p@a/main/2'], access);
  expect(address).toMatchObject({
    login: { username: 'reader', password: 'pw', tls: {} },
    database: 2,
    sentinel: { master: 'main', login: { password: 'watch', tls: {} } },
  });
});

it.each([
  ['redis://me:s3cret@host:1/no', 'redis://***@host:1/no'],
  ['orders=redis://:s3cret', 'orders=redis://:***'],
  ['redis://host?password=s3cret', 'redis://host?***'],
])('refuses %s without showing the password', (url, shown) => {
  expect(() => readAddresses([url], DEFAULTS.access)).toThrow(`, got ${shown}`);
  expect(() => readAddresses([url], DEFAULTS.access)).not.toThrow(/s3cret/);
});
