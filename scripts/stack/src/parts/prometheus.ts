import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientAddress, hostAndPort } from '../address.js';
import { allHealthy, httpHealth, type HealthCheck } from '../health.js';
import { baseEnvironment, programOf, type Part, type PartContext } from '../part.js';

/** Prometheus with prometheus.yaml and the rules of the checkout, and the addresses of this run. */
export function prometheusPart(context: PartContext): Part {
  const { bindAddress, ports } = context.settings;
  const host = clientAddress(bindAddress);
  const address = hostAndPort(host, ports.prometheus);
  const url = `http://${address}`;
  linkConfiguration(context.root, context.folder, {
    'redis-exporter': { target: hostAndPort(host, ports.exporter), instance: 'redis' },
    prometheus: { target: address, instance: 'prometheus' },
    ...(context.choice.exporter === 'native'
      ? { 'redmeter-exporter': { target: hostAndPort(host, ports.native), instance: 'redis' } }
      : {}),
  });
  return {
    name: 'prometheus',
    url,
    command: {
      file: programOf(context, 'prometheus'),
      args: [
        `--config.file=${join(context.folder, 'prometheus.yaml')}`,
        `--storage.tsdb.path=${join(context.folder, 'data')}`,
        `--web.listen-address=${hostAndPort(bindAddress, ports.prometheus)}`,
      ],
      env: baseEnvironment(context.environment),
    },
    health: prometheusTargetsHealth(url),
  };
}

/** Whether Prometheus at `url` is ready and has scraped each of its targets with success. */
export function prometheusTargetsHealth(url: string): HealthCheck {
  return allHealthy(httpHealth(`${url}/-/ready`), httpHealth(`${url}/api/v1/targets?state=active`, targetFault));
}

interface Target {
  readonly target: string;
  readonly instance: string;
}

/**
 * Prometheus finds rules and targets beside its configuration file. So a folder that links to the checkout's files,
 * and holds addresses of its own, is that same configuration for other addresses.
 */
function linkConfiguration(root: string, folder: string, targets: Readonly<Record<string, Target>>): void {
  symlinkSync(join(root, 'prometheus.yaml'), join(folder, 'prometheus.yaml'));
  mkdirSync(join(folder, 'prometheus/targets'), { recursive: true });
  for (const file of readdirSync(join(root, 'prometheus')).filter((name) => name.endsWith('.rules.yml'))) {
    symlinkSync(join(root, 'prometheus', file), join(folder, 'prometheus', file));
  }
  for (const [job, { target, instance }] of Object.entries(targets)) {
    // JSON is YAML, and Prometheus reads a file by its ending.
    const text = JSON.stringify([{ targets: [target], labels: { instance } }]);
    writeFileSync(join(folder, `prometheus/targets/${job}.yaml`), `${text}\n`);
  }
}

function targetFault(body: string): string | undefined {
  const answer = JSON.parse(body) as {
    data: { activeTargets: readonly { labels: Record<string, string>; health: string; lastError: string }[] };
  };
  const targets = answer.data.activeTargets;
  if (targets.length === 0) return 'it has not found its targets yet';
  const down = targets.find(({ health }) => health !== 'up');
  if (down === undefined) return undefined;
  const why = down.lastError === '' ? 'not scraped yet' : down.lastError;
  return `its target ${down.labels['job'] ?? 'without a job'} is ${down.health}: ${why}`;
}
