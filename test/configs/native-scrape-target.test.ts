import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const read = (path: string): unknown => parse(readFileSync(join(__dirname, '../..', path), 'utf8'));

it('the native exporter allows the host by which Prometheus asks it in Compose', () => {
  const targets = read('prometheus/native/redmeter-exporter.yaml') as { readonly targets: readonly string[] }[];
  const hosts = targets.flatMap((group) => group.targets.map((target) => target.replace(/:\d+$/, '')));
  const { services } = read('docker-compose.native.yml') as {
    readonly services: { readonly native: { readonly environment: Readonly<Record<string, string>> } };
  };
  expect(services.native.environment['REDMETER_EXPORTER_ALLOWED_HOSTS']?.split(',')).toEqual(hosts);
});
