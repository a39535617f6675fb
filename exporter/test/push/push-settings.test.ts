import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PushOptions } from '../../src/push/push-options.js';
import { readPushSettings } from '../../src/push/push-settings.js';
import { pushOptions } from './push-options.js';

const url = 'https://prometheus:9090/api/v1/write?token=hidden';
const settings = (options: Partial<PushOptions>): ReturnType<typeof readPushSettings> =>
  readPushSettings(pushOptions({ url, ...options }), 'redis:6379');

it('the log shows no query', () => {
  expect(settings({}).shown).toBe('https://prometheus:9090/api/v1/write');
});

describe('labels', () => {
  it.each<[string[], [string, string][]]>([
    [
      [],
      [
        ['job', 'redmeter-exporter'],
        ['instance', 'redis:6379'],
      ],
    ],
    [
      ['job=shop', 'zone=a=b'],
      [
        ['job', 'shop'],
        ['instance', 'redis:6379'],
        ['zone', 'a=b'],
      ],
    ],
    [['instance='], [['job', 'redmeter-exporter']]],
    [
      ['größe=é'],
      [
        ['job', 'redmeter-exporter'],
        ['instance', 'redis:6379'],
        ['größe', 'é'],
      ],
    ],
  ])('%j', (labels, expected) => {
    expect(settings({ labels }).targetLabels).toEqual(expected);
  });
});

describe('a login', () => {
  const folder = temporaryFolder();
  const file = (text: string): string => {
    const path = join(folder, 'secret');
    writeFileSync(path, text);
    return path;
  };
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

  it('is none without options', () => {
    expect(settings({}).endpoint.authorization()).toBeUndefined();
  });

  it('is a user with a password; that of the file wins', () => {
    expect(settings({ user: 'me', password: 'a:b' }).endpoint.authorization()).toBe(basic('me:a:b'));
    const passwordFile = file('from file\n');
    expect(settings({ user: 'me', password: 'a', passwordFile }).endpoint.authorization()).toBe(basic('me:from file'));
  });

  it('is refused where a file has more than one token, without showing it', () => {
    const read = (): unknown => settings({ bearerTokenFile: file('hidden\nother\n') });
    expect(read).toThrow('--push.bearer-token-file: expected one token');
    expect(read).not.toThrow('hidden');
  });

  it('is read again when its file changes', () => {
    const { endpoint } = settings({ bearerTokenFile: file('one\n') });
    expect(endpoint.authorization()).toBe('Bearer one');
    file('two');
    expect(endpoint.authorization()).toBe('Bearer two');
  });
});

describe('an error', () => {
  it.each<[Partial<PushOptions>, string]>([
    [
      { url: 'prometheus:9090' },
      '--push.remote-write: expected a URL such as http://prometheus:9090/api/v1/write, got "prometheus:9090"',
    ],
    [{ url: 'ftp://a/b' }, 'got "ftp://a/b"'],
    [{ url: 'http://prometheus:9090' }, 'without a path'],
    [{ url: 'http://me:hidden@prometheus:9090/write' }, 'got one with a login; expected that in --push.user'],
    [{ url: 'ftp://me:a/hidden@prometheus/write' }, 'got "ftp://…@prometheus/write"'],
    [{ url: 'nothing//me:hidden@prometheus' }, 'got "nothing//…@prometheus"'],
    [{ password: 'hidden' }, '--push.user: expected one, since there is a password'],
    [{ user: 'a:hidden' }, '--push.user: expected a name without a colon'],
    [{ user: 'me', bearerTokenFile: '/nowhere' }, '--push.bearer-token-file: expected no --push.user'],
    [{ bearerTokenFile: '/nowhere' }, '--push.bearer-token-file: cannot read /nowhere: ENOENT'],
    [{ user: 'me', passwordFile: '/nowhere' }, '--push.password-file: cannot read /nowhere'],
    [{ labels: ['zone'] }, '--push.labels: expected name=value, separated by commas, got one without a name'],
    [{ labels: ['__name__=a'] }, '--push.labels: expected the name of a label, got "__name__"'],
    [{ labels: ['le=1'] }, 'got "le"'],
    [{ headers: ['hidden'] }, '--push.headers: expected Name=value'],
    [{ headers: ['Authorization=hidden'] }, 'got "Authorization"'],
    [{ headers: ['X-Prometheus-Remote-Write-Version=1'] }, 'got "X-Prometheus-Remote-Write-Version"'],
    [{ headers: ['X Y=hidden'] }, 'got "X Y"'],
    [{ headers: ['X=hidden\r\nY: 1'] }, 'got "X"'],
    [{ tlsCertFile: '/nowhere' }, '--push.tls.cert-file and --push.tls.key-file: expected both or none'],
    [{ tlsCaFile: '/nowhere' }, '--push.tls.ca-file: cannot read /nowhere'],
  ])('%j', (options, text) => {
    const read = (): unknown => settings(options);
    expect(read).toThrow(text);
    expect(read).not.toThrow('hidden@');
    expect(read).not.toThrow(/=hidden|"hidden/);
  });
});
