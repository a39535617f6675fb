import { describe, expect, it } from '@jest/globals';
import { readConfiguration } from '../src/configuration.js';
import { StoreError } from '../src/store-error.js';

const defaults = {
  port: 5050,
  host: '127.0.0.1',
  redisUrl: 'redis://127.0.0.1:6379',
  flushIntervalMs: 5000,
  ttlSeconds: 1800,
  logLevel: 'info',
  handlerDelayMs: 20,
  version: undefined,
  extraDelayMs: 0,
  errorRate: 0,
  drainTimeoutMs: 4000,
};

function complaint(environment: Record<string, string>): string {
  try {
    readConfiguration(environment);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'invalid_configuration') return error.message;
    throw error;
  }
  return '';
}

describe('readConfiguration', () => {
  it('fills in defaults, also for what is set to nothing, and minds no foreign variables', () => {
    expect(readConfiguration({ PORT: '', REDIS_URL: '', PATH: '/bin' })).toEqual(defaults);
  });

  it.each([
    [{ PORT: '0' }, { port: 0 }],
    [{ HOST: '::' }, { host: '::' }],
    [{ REDIS_URL: 'rediss://u:p@redis:6380/3' }, { redisUrl: 'rediss://u:p@redis:6380/3' }],
    [{ REDIS_URL: 'unix:///run/redis.sock' }, { redisUrl: 'unix:///run/redis.sock' }],
    [{ METRICS_FLUSH_INTERVAL_MS: '250' }, { flushIntervalMs: 250 }],
    [{ METRICS_TTL_SECONDS: '60' }, { ttlSeconds: 60 }],
    [{ LOG_LEVEL: 'silent' }, { logLevel: 'silent' }],
    [{ HANDLER_DELAY_MS: '0' }, { handlerDelayMs: 0 }],
    [{ STORE_VERSION: 'v2.1-rc+1' }, { version: 'v2.1-rc+1' }],
    [{ STORE_EXTRA_DELAY_MS: '40' }, { extraDelayMs: 40 }],
    [{ STORE_ERROR_RATE: '0.25' }, { errorRate: 0.25 }],
    [{ STORE_ERROR_RATE: '.5' }, { errorRate: 0.5 }],
    [{ STORE_ERROR_RATE: '1' }, { errorRate: 1 }],
    [{ DRAIN_TIMEOUT_MS: '0' }, { drainTimeoutMs: 0 }],
  ])('takes %j', (environment, expected) => {
    expect(readConfiguration(environment)).toEqual({ ...defaults, ...expected });
  });

  it.each([
    [{ PORT: 'http' }, 'PORT: expected a whole number from 0 to 65535, got "http"'],
    [{ PORT: '65536' }, 'PORT: expected a whole number from 0 to 65535, got "65536"'],
    [{ PORT: '-1' }, 'PORT: expected a whole number from 0 to 65535, got "-1"'],
    [{ PORT: '5e3' }, 'PORT: expected a whole number from 0 to 65535, got "5e3"'],
    [{ PORT: ' 5050' }, 'PORT: expected a whole number from 0 to 65535, got " 5050"'],
    [{ HANDLER_DELAY_MS: '1.5' }, 'HANDLER_DELAY_MS: expected a whole number from 0 to 60000, got "1.5"'],
    [{ STORE_VERSION: 'v 2' }, 'STORE_VERSION: expected a name of letters, digits, ".", "_", "+" and "-", got "v 2"'],
    [{ STORE_ERROR_RATE: '25%' }, 'STORE_ERROR_RATE: expected a share from 0 to 1, such as 0.25, got "25%"'],
    [{ STORE_ERROR_RATE: '1.5' }, 'STORE_ERROR_RATE: expected a share from 0 to 1, such as 0.25, got "1.5"'],
    [{ LOG_LEVEL: 'INFO' }, /^LOG_LEVEL: expected one of trace, .*, silent, got "INFO"$/],
    [{ HOST: 'http://here' }, /^HOST: expected an IP address or host name .*, got "http:\/\/here"$/],
    [{ REDIS_URL: 'localhost:6379' }, /^REDIS_URL: expected redis:\/\/.*, got "localhost:6379"$/],
    [{ REDIS_URL: 'redis://' }, /^REDIS_URL: expected redis:\/\/.*, got "redis:\/\/"$/],
    [{ REDIS_URL: 'redis://host/metrics' }, /^REDIS_URL: expected redis:\/\/.*, got "redis:\/\/host\/metrics"$/],
    [{ REDIS_URL: 'http://u:hunter2@host' }, /^REDIS_URL: expected redis:\/\/.*, got "http:\/\/\*\*\*@host"$/],
    [{ REDIS_URL: 'redis//u:hunter2@host' }, /^REDIS_URL: expected redis:\/\/.*, got "\*\*\*@host"$/],
    [
      { METRICS_TTL_SECONDS: '14' },
      'METRICS_TTL_SECONDS: expected at least three times METRICS_FLUSH_INTERVAL_MS (5000 ms), got 14 s',
    ],
  ])('refuses %j in one line that says what was expected and what was got', (environment, expected) => {
    const line = complaint(environment);
    expect(line).toMatch(expected);
    expect(line).not.toMatch(/\n|hunter2/);
  });

  it('names every wrong variable, a line each', () => {
    expect(
      complaint({ PORT: 'x', LOG_LEVEL: 'y' })
        .split('\n')
        .map((line) => line.split(':')[0]),
    ).toEqual(['PORT', 'LOG_LEVEL']);
  });
});
