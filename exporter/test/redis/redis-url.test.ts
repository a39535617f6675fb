import { describe, expect, it } from '@jest/globals';
import { endpointName, readAddresses, type RedisAddress } from '../../src/redis/redis-url.js';

const NO_ACCESS = {
  user: undefined,
  password: undefined,
  passwordFile: undefined,
  sentinelUser: undefined,
  sentinelPassword: undefined,
  sentinelPasswordFile: undefined,
  tlsCaFile: undefined,
  tlsCertFile: undefined,
  tlsKeyFile: undefined,
  tlsServerName: undefined,
};

function read(url: string): RedisAddress {
  const [address] = readAddresses([url], NO_ACCESS);
  if (address === undefined) throw new Error('expected an address');
  return address;
}

describe('readAddresses', () => {
  it.each([
    ['redis://host', ['host:6379'], 'redis://host'],
    ['redis://me:s3cret@my_host.local:7000/2', ['my_host.local:7000'], 'redis://***@my_host.local:7000/2'],
    ['redis://me:s3/c:ret@host', ['host:6379'], 'redis://***@host'],
    ['redis://:s3cret@[::1]:7000,b', ['[::1]:7000', 'b:6379'], 'redis://***@[::1]:7000,b'],
    ['orders=redis://s3cret@höst', ['höst:6379'], 'orders=redis://***@höst'],
    ['redis-sentinel://:s3cret@a,b/main', ['a:26379', 'b:26379'], 'redis-sentinel://***@a,b/main'],
    ['unix:///run/a@b.sock?db=1', ['/run/a@b.sock'], 'unix:///run/a@b.sock?db=1'],
    ['unix://me:s3cret@/run/redis.sock', ['/run/redis.sock'], 'unix://***@/run/redis.sock'],
  ])('reads %s', (url, endpoints, shown) => {
    const address = read(url);
    expect({ endpoints: address.endpoints.map(endpointName), shown: address.shown }).toEqual({ endpoints, shown });
  });

  it.each([
    ['redis://me:s3cret@host:1/no', 'redis://***@host:1/no'],
    ['redis-sentinel://:s3cret@host', 'redis-sentinel://***@host'],
    ['redis://me:p@s3cret@host', 'what is not shown'],
    ['unix://me:p@s3cret@/run/redis.sock', 'what is not shown'],
    ['redis://me/x:s3cret@host', 'what is not shown'],
    ['redis://me:s3cret', 'what is not shown'],
    ['redis://:s3cret', 'what is not shown'],
    ['redis:/me:s3cret@host', 'what is not shown'],
    ['me:s3cret@host:6379', 'what is not shown'],
    ['redis://host?password=s3cret', 'what is not shown'],
    ['redis://host:0', 'what is not shown'],
    ['redis://host:65536', 'what is not shown'],
    ['redis://[1]:6379', 'what is not shown'],
    ['redis://a;b', 'what is not shown'],
  ])('refuses %s, and shows no piece of a password', (url, shown) => {
    expect(() => read(url)).toThrow(`, got ${shown}`);
    expect(() => read(url)).not.toThrow(/s3cret/);
  });
});
