import { join } from 'node:path';
import { clientAddress, hostAndPort } from '../address.js';
import { httpHealth } from '../health.js';
import type { Part, PartContext } from '../part.js';

/** The demo store, built, writing to Redis as `redmeter-writer`. */
export function storePart(context: PartContext): Part {
  const { bindAddress, passwords, ports } = context.settings;
  const host = clientAddress(bindAddress);
  const url = `http://${hostAndPort(host, ports.store)}`;
  return {
    name: 'store',
    url: `${url}/api/store`,
    command: {
      file: process.execPath,
      args: [join(context.root, 'app/dist/main.js')],
      env: {
        // The store's options are variables, so whoever starts the stack may set them: all of the environment.
        ...definedOnly(context.environment),
        HOST: bindAddress,
        PORT: String(ports.store),
        REDIS_URL: `redis://redmeter-writer:${passwords.writer}@${hostAndPort(host, ports.redis)}`,
        ...(context.choice.release === undefined ? {} : { STORE_VERSION: 'v1' }),
        ...context.storeEnvironment,
      },
    },
    health: httpHealth(`${url}/healthz`),
  };
}

function definedOnly(environment: PartContext['environment']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
