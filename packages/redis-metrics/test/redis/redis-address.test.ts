import { expect, it } from '@jest/globals';
import { parseRedisAddress } from '../../src/redis/redis-address.js';

it.each([
  ['redis://localhost', { host: 'localhost', port: 6379, db: 0 }, 'redis://localhost:6379/0'],
  ['redis://10.0.0.1:7000/3', { host: '10.0.0.1', port: 7000, db: 3 }, 'redis://10.0.0.1:7000/3'],
  ['redis://[::1]:7000', { host: '::1', port: 7000, db: 0 }, 'redis://[::1]:7000/0'],
  ['redis://:s%3Acret@h', { host: 'h', port: 6379, db: 0, password: 's:cret' }, 'redis://h:6379/0'],
  ['redis://u:p@h/', { host: 'h', port: 6379, db: 0, username: 'u', password: 'p' }, 'redis://h:6379/0'],
  ['rediss://h', { host: 'h', port: 6379, db: 0, tls: {} }, 'rediss://h:6379/0'],
  ['unix:///run/redis%20a.sock?db=2', { path: '/run/redis a.sock', db: 2 }, 'unix:///run/redis a.sock'],
])('reads %s', (text, options, display) => {
  expect(parseRedisAddress(text)).toEqual({ options, display });
});

it.each([
  '',
  'localhost',
  'redis://',
  'redis:///0',
  'unix://',
  'redis://h/-1',
  'redis://h?db=1',
  'https://h',
  '/run/x.sock',
])('does not take %j for an address', (text) => {
  expect(parseRedisAddress(text)).toBeUndefined();
});
