import { expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';
import { startExporter } from '../../exporter/src/exporter.js';
import { readOptions } from '../../exporter/src/cli/options.js';
import { post } from '../../exporter/test/otlp/test-receiver.js';
import { minute, requestOf, sumMetric } from '../../exporter/test/otlp/otlp-body.js';
import { userRules } from './user-rules.js';

const redis = useRedisServer();
const read = (path: string): string => readFileSync(join(__dirname, '../..', path), 'utf8');

/** The environment of the exporter in Compose, with the values of .env. */
function environment(): Record<string, string> {
  const settings = parseEnv(read('.env'));
  const files = ['docker-compose.native.yml', 'docker-compose.otlp.yml'].map(
    (file) => parse(read(file)) as { readonly services: { readonly native: { readonly environment: object } } },
  );
  const merged = Object.assign({}, ...files.map(({ services }) => services.native.environment)) as object;
  return Object.fromEntries(
    Object.entries(merged).map(([name, value]) => [
      name,
      String(value).replace(/\$\{(\w+):[^}]*\}/, (_, variable: string) => settings[variable] ?? ''),
    ]),
  );
}

it('docker-compose.otlp.yml lets the exporter receive OTLP, as a user who may only write', async () => {
  const settings = parseEnv(read('.env'));
  for (const [user, password] of [
    ['redmeter-reader', settings['REDIS_READER_PASSWORD']],
    ['redmeter-writer', settings['REDIS_WRITER_PASSWORD']],
  ] as const)
    await redis.client.acl('SETUSER', user, 'reset', 'on', `>${password ?? ''}`, ...userRules(user));
  const env = { ...environment(), REDIS_URL: redis.url };
  // What Compose publishes, at a free port of loopback.
  const [otlp, metrics] = ['REDMETER_EXPORTER_OTLP_LISTEN', 'REDMETER_EXPORTER_LISTEN'];
  expect(env).toMatchObject({ [otlp]: '0.0.0.0:4318' });
  const print = { out: () => undefined, err: () => undefined };
  const options = readOptions([], { ...env, [otlp]: '127.0.0.1:0', [metrics]: '127.0.0.1:0' }, '0', print);
  const started = await startExporter(options, {
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  });
  if (started.kind !== 'serving') throw new Error(`expected an exporter that serves, got ${started.kind}`);
  try {
    const body = requestOf([sumMetric('orders', [{ ...minute(), asInt: '3' }])]);
    expect((await post(`${started.otlpAddress ?? ''}/v1/metrics`, body)).json).toEqual({});
    expect(JSON.parse((await redis.client.get('metrics:counter:orders')) ?? '')).toMatchObject({ value: 3 });
  } finally {
    await started.stop(0);
  }
});
