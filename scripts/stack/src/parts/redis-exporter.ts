import { join } from 'node:path';
import { clientAddress, hostAndPort } from '../address.js';
import { httpHealth } from '../health.js';
import { baseEnvironment, programOf, type Part, type PartContext } from '../part.js';

/**
 * The stock redis_exporter, reading as `redmeter-reader`: with configs/redis-exporter.lua, unless the native exporter
 * serves what the script would.
 */
export function redisExporterPart(context: PartContext): Part {
  const { bindAddress, passwords, ports } = context.settings;
  const host = clientAddress(bindAddress);
  const url = `http://${hostAndPort(host, ports.exporter)}/metrics`;
  return {
    name: 'exporter',
    url,
    command: {
      file: programOf(context, 'redis_exporter'),
      args: [
        ...['-web.listen-address', hostAndPort(bindAddress, ports.exporter)],
        ...(context.choice.exporter === 'stock' ? ['-script', join(context.root, 'configs/redis-exporter.lua')] : []),
      ],
      env: {
        ...baseEnvironment(context.environment),
        REDIS_ADDR: `redis://${hostAndPort(host, ports.redis)}`,
        REDIS_USER: 'redmeter-reader',
        REDIS_PASSWORD: passwords.reader,
        ...context.exporterEnvironment,
      },
    },
    health: httpHealth(url, (metrics) =>
      // Of any namespace.
      /^\w+_up 1$/m.test(metrics) ? undefined : 'it cannot read Redis: redis_up is not 1',
    ),
  };
}
