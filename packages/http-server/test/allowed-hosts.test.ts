import { describe, expect, it } from '@jest/globals';
import { AllowedHosts, isHostPattern } from '../src/allowed-hosts.js';

const hosts = new AllowedHosts(['Exporter', 'redis-exporter', '*.monitoring.example', 'münchen.example', 'my_host']);

describe('allowed hosts', () => {
  it.each([
    ['an IPv4 address', '127.0.0.1'],
    ['an IPv4 address with a port', '192.168.1.7:9122'],
    ['an IPv4 address with the dot of the root', '127.0.0.1.:9122'],
    ['an IPv6 address', '[::1]'],
    ['an IPv6 address with a port', '[fe80::1]:9122'],
    ['an IPv4 address as IPv6', '[::ffff:127.0.0.1]:9122'],
    ['localhost', 'localhost'],
    ['localhost in capitals', 'LocalHost:9122'],
    ['localhost with the dot of the root', 'localhost.:9122'],
    ['a name below localhost', 'metrics.localhost:9122'],
    ['an empty port', 'localhost:'],
    ['a configured name', 'exporter:9122'],
    ['a configured name in capitals', 'EXPORTER'],
    ['a configured name with the dot of the root', 'exporter.:80'],
    ['a configured name with a hyphen', 'redis-exporter:9122'],
    ['a configured name with an underscore', 'my_host'],
    ['a name below a configured one', 'a.b.monitoring.example'],
    ['a name that browsers write in ASCII', 'xn--mnchen-3ya.example'],
  ])('have %s: %s', (_what, host) => {
    expect(hosts.allows(host)).toBe(true);
  });

  it.each([
    ['another name', 'evil.example'],
    ['another name with a port', 'evil.example:9122'],
    ['another name without dots', 'evil'],
    ['nothing', ''],
    ['a port alone', ':9122'],
    ['a name that ends like localhost', 'evillocalhost'],
    ['a name below which localhost is', 'localhost.evil.example'],
    ['a dot before localhost', '.localhost'],
    ['a name that begins like an address', '127.0.0.1.evil.example'],
    ['an address in one number', '2130706433'],
    ['an address in hexadecimal', '0x7f.0.0.1'],
    ['an address of two parts', '127.1'],
    ['an IPv6 address without brackets', '::1'],
    ['a name in brackets', '[localhost]'],
    ['a bracket that is not closed', '[::1'],
    ['an allowed name as a user', 'localhost@evil.example'],
    ['an allowed name after a user', 'evil.example@localhost'],
    ['a port that is none', 'localhost:evil'],
    ['a name with a space', 'evil.example localhost'],
    ['a name with a list', 'localhost,evil.example'],
    ['two dots of the root', 'localhost..'],
    ['the name above a wildcard', 'monitoring.example'],
    ['a name that ends like a wildcard', 'evilmonitoring.example'],
    ['a wildcard itself', '*.monitoring.example'],
  ])('do not have %s: %s', (_what, host) => {
    expect(hosts.allows(host)).toBe(false);
  });

  it('are all where * is configured', () => {
    expect(new AllowedHosts(['*']).allows('evil.example:9122')).toBe(true);
  });

  it('take little time for a long name', () => {
    // What is checked by a pattern that goes back and forth would take minutes.
    const labels = 'a-'.repeat(5_000_000);
    expect(hosts.allows(`${labels}.monitoring.example`)).toBe(false);
  });
});

describe('a configured host', () => {
  it.each(['exporter', 'a.b-c_d.example.', '*', '*.example.com', '10.0.0.1', 'münchen.example'])(
    'may be %s',
    (text) => {
      expect(isHostPattern(text)).toBe(true);
    },
  );

  it.each(['', 'exporter:9122', 'http://exporter', 'a b', 'a..b', '*exporter', 'a.*', '*.', '-a', '[::1]'])(
    'may not be %j',
    (text) => {
      expect(isHostPattern(text)).toBe(false);
    },
  );
});
