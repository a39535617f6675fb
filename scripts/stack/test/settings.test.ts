import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../src/checkout.js';
import { readSettings } from '../src/settings.js';
import { StackError } from '../src/stack-error.js';

const dotEnv = readFileSync(join(checkout, '.env'), 'utf8');

describe('readSettings', () => {
  it('reads the .env of the checkout', () => {
    expect(readSettings(dotEnv, {})).toEqual({
      bindAddress: '127.0.0.1',
      ports: {
        ...{ redis: 6379, store: 5050, exporter: 9121, native: 9122, prometheus: 9090, grafana: 3000 },
        ...{ candidate: 5051, release: 8080 },
      },
      passwords: { people: 'redmeter', writer: 'redmeter-writer', reader: 'redmeter-reader' },
      grafanaAdmin: { user: 'admin', password: 'admin' },
      exporterVersion: expect.stringMatching(/^v\d+\.\d+\.\d+$/),
    });
  });

  it('lets the environment win', () => {
    const settings = readSettings(dotEnv, { REDIS_PORT: '7000', REDIS_PASSWORD: 'other' });
    expect(settings.ports.redis).toBe(7000);
    expect(settings.passwords.people).toBe('other');
  });

  it.each([
    ['REDIS_PORT', 'abc', 'REDIS_PORT: expected a port number from 1 to 65535, got "abc" from the environment'],
    ['REDIS_PORT', '0', 'REDIS_PORT: expected a port number from 1 to 65535, got "0" from the environment'],
    ['APP_PORT', '65536', 'APP_PORT: expected a port number from 1 to 65535, got "65536" from the environment'],
    ['APP_PORT', '', 'APP_PORT: expected a port number from 1 to 65535, got nothing; set it in .env'],
    ['EXPORTER_PORT', '5050', 'EXPORTER_PORT: expected a port of its own, got 5050, which APP_PORT also uses'],
    [
      'BIND_ADDRESS',
      'localhost',
      'BIND_ADDRESS: expected an IP address such as 127.0.0.1, got "localhost" from the environment',
    ],
    [
      'REDIS_PASSWORD',
      'pass word',
      'REDIS_PASSWORD: expected letters, digits and . _ ~ - only, got another character from the environment',
    ],
    [
      'EXPORTER_IMAGE',
      'oliver006/redis_exporter:latest',
      'EXPORTER_IMAGE: expected an image tagged vN.N.N, got "oliver006/redis_exporter:latest" from the environment',
    ],
  ])('refuses %s=%s in one line', (name, value, message) => {
    expect(() => readSettings(dotEnv, { [name]: value })).toThrow(new StackError('bad-setting', message));
  });

  it('says where a wrong value stands', () => {
    const text = dotEnv.replace('REDIS_PORT=6379', 'REDIS_PORT=many');
    expect(() => readSettings(text, {})).toThrow('got "many" from .env');
  });
});
