import { join } from 'node:path';
import { clientAddress, hostAndPort } from '../address.js';
import { httpHealth } from '../health.js';
import { baseEnvironment, type Part, type PartContext } from '../part.js';

/** redmeter's own exporter, built, reading as `redmeter-reader`. */
export function nativeExporterPart(context: PartContext): Part {
  const { bindAddress, passwords, ports } = context.settings;
  const host = clientAddress(bindAddress);
  const url = `http://${hostAndPort(host, ports.native)}/metrics`;
  return {
    name: 'native',
    url,
    command: {
      file: process.execPath,
      args: [join(context.root, 'exporter/bin/redmeter-exporter.mjs')],
      env: {
        ...baseEnvironment(context.environment),
        REDMETER_EXPORTER_LISTEN: hostAndPort(bindAddress, ports.native),
        REDIS_URL: `redis://${hostAndPort(host, ports.redis)}`,
        REDIS_USER: 'redmeter-reader',
        REDIS_PASSWORD: passwords.reader,
        ...context.nativeEnvironment,
      },
    },
    health: httpHealth(url, (metrics) =>
      /^redmeter_up 1$/m.test(metrics) ? undefined : 'it cannot read Redis: redmeter_up is not 1',
    ),
  };
}
