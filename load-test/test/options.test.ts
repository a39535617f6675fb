import { describe, expect, it } from '@jest/globals';
import { profiles } from '../profiles.js';
import { readOptions } from '../src/options.js';

const defaults = {
  url: 'http://localhost:5050',
  connections: 10,
  stages: [{ seconds: 30, requestsPerSecond: 100 }],
  requests: undefined,
  json: false,
};

describe('readOptions', () => {
  it.each<[string, Record<string, string>, object]>([
    ['', {}, {}],
    ['', { BASE_URL: 'http://store:80/' }, { url: 'http://store' }],
    ['', { BASE_URL: '' }, {}],
    ['--url https://[::1]:8443', { BASE_URL: 'http://store' }, { url: 'https://[::1]:8443' }],
    ['--duration 2.5 --rate 0', {}, { stages: [{ seconds: 2.5, requestsPerSecond: 0 }] }],
    ['--connections 3 --json', {}, { connections: 3, json: true }],
    ['--requests 1000 --rate 50', {}, { requests: 1000, stages: [{ seconds: 30, requestsPerSecond: 50 }] }],
    ['--profile spike', {}, { connections: 100, stages: profiles['spike']?.stages }],
  ])('reads %j in %j', (flags, environment, expected) => {
    const args = flags === '' ? [] : flags.split(' ');
    expect(readOptions(args, environment)).toEqual({ kind: 'run', options: { ...defaults, ...expected } });
  });

  it.each<[string, Record<string, string>, string | RegExp]>([
    ['--url store', {}, '--url: expected http://host:port without a path, got "store"'],
    ['--url http://store/api', {}, '--url: expected http://host:port without a path, got "http://store/api"'],
    ['', { BASE_URL: 'ftp://store' }, 'BASE_URL: expected http://host:port without a path, got "ftp://store"'],
    ['--duration 0', {}, '--duration: expected a number from 0.1 to 86400, got "0"'],
    ['--duration 1m', {}, '--duration: expected a number from 0.1 to 86400, got "1m"'],
    ['--rate 1.5', {}, '--rate: expected a whole number from 0 to 1000000, got "1.5"'],
    ['--connections 0', {}, '--connections: expected a whole number from 1 to 10000, got "0"'],
    ['--requests 0', {}, '--requests: expected a whole number from 1 to 1000000000, got "0"'],
    ['--requests 5 --duration 5', {}, /^--requests: expected no --duration beside it/],
    ['--profile calm', {}, '--profile: expected one of smoke, load, stress, spike, got "calm"'],
    ['--profile constructor', {}, '--profile: expected one of smoke, load, stress, spike, got "constructor"'],
    ['--profile load --rate 5', {}, /^--profile: expected no --rate beside it/],
    ['--speed 5', {}, /^Unknown option '--speed'/],
    ['--duration', {}, /^Option '--duration <value>' argument missing/],
    ['--duration --json', {}, /^Option '--duration' argument is ambiguous. /],
    ['store', {}, /^Unexpected argument 'store'/],
  ])('refuses %j in %j in one line', (flags, environment, expected) => {
    const command = readOptions(flags === '' ? [] : flags.split(' '), environment);
    if (command.kind !== 'wrong') throw new Error(`it took it for ${JSON.stringify(command)}`);
    expect(command.message).toMatch(expected);
    expect(command.message).not.toContain('\n');
  });

  it('helps with every flag there is', () => {
    const command = readOptions(['--help', '--rate', 'wrong'], {});
    if (command.kind !== 'help') throw new Error('it did not help');
    for (const flag of ['url', 'duration', 'connections', 'rate', 'requests', 'profile', 'json', 'help']) {
      expect(command.text).toContain(`--${flag} `);
    }
  });
});
