import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { checkout } from '@redmeter/stack';
import { composeCommands } from './compose-command.js';
import { TestProject, type ComposeConfiguration } from './test-project.js';

const text = readFileSync(join(checkout, 'docker-compose.yml'), 'utf8');
const settings = parseEnv(readFileSync(join(checkout, '.env'), 'utf8'));

it('has no top-level name, which Compose v1 refuses', () => {
  expect(text).not.toMatch(/^name:/m);
});

it('takes every image from .env, pinned to a release', () => {
  const images = Object.entries(settings).filter(([name]) => name.endsWith('_IMAGE'));
  expect(images.map(([name]) => name).sort()).toEqual([
    'EXPORTER_IMAGE',
    'GRAFANA_IMAGE',
    'K6_IMAGE',
    'NODE_IMAGE',
    'PROMETHEUS_IMAGE',
    'REDIS_IMAGE',
  ]);
  for (const [name, image] of images) {
    expect([name, image]).toEqual([name, expect.stringMatching(/^[a-z0-9/_]+:v?\d+[\w.-]*$/)]);
    expect(text).toContain(`\${${name}:?`);
  }
});

describe.each(composeCommands().map((command) => [command.release, command] as const))('Compose %s', (_, command) => {
  let configuration: ComposeConfiguration;

  beforeAll(async () => {
    const project = await TestProject.create(command, { ports: 'of .env' });
    configuration = await project.configuration();
  });

  const services = [
    ...['app', 'candidate', 'experiment', 'exporter', 'grafana', 'load', 'prometheus', 'redis', 'release'],
  ];

  it('reads nine services, of which one has redis in its name', () => {
    expect(Object.keys(configuration.services).sort()).toEqual(services);
  });

  it.each(services)('hardens %s', (name) => {
    expect(configuration.services[name]).toMatchObject({
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  it.each([
    ['app', '5050'],
    ['candidate', '5051', '5050'],
    ['exporter', '9121'],
    ['grafana', '3000'],
    ['prometheus', '9090'],
    ['redis', '6379'],
    ['release', '8080'],
  ])('publishes %s on loopback at %s', (name, port, inside = port) => {
    expect(publishedPorts(configuration, name)).toEqual([`127.0.0.1:${port}:${inside}`]);
  });

  it('names what is missing when .env is not read', async () => {
    const project = await TestProject.create(command, { ports: 'of .env' });
    await expect(project.compose('--env-file', 'test/compose/empty.env', 'config')).rejects.toThrow('set it in .env');
  });
});

/** Ports as `address:published:target`; v1 keeps the short form, v2 resolves to the long one. */
function publishedPorts({ services }: ComposeConfiguration, name: string): string[] {
  const ports = (services[name]?.['ports'] ?? []) as readonly (
    string | { host_ip: string; published: string; target: number }
  )[];
  return ports.map((port) =>
    typeof port === 'string' ? port.replace(/\/tcp$/, '') : `${port.host_ip}:${port.published}:${port.target}`,
  );
}
