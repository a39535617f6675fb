import { join } from 'node:path';
import { clientAddress, hostAndPort } from '../address.js';
import { redisHealth } from '../health.js';
import { baseEnvironment, type Part, type PartContext } from '../part.js';

/** redis-server with the users, persistence and limits of configs/redis/, as in its container. */
export function redisPart(context: PartContext): Part {
  const { bindAddress, passwords, ports } = context.settings;
  const host = clientAddress(bindAddress);
  return {
    name: 'redis',
    url: `redis://${hostAndPort(host, ports.redis)}`,
    command: {
      file: 'sh',
      args: [
        join(context.root, 'configs/redis/start.sh'),
        ...['--bind', bindAddress, '--port', String(ports.redis), '--dir', context.folder],
      ],
      env: {
        ...baseEnvironment(context.environment),
        REDIS_PASSWORD: passwords.people,
        REDIS_WRITER_PASSWORD: passwords.writer,
        REDIS_READER_PASSWORD: passwords.reader,
        REDIS_ACL_FILE: join(context.folder, 'users.acl'),
      },
    },
    health: redisHealth(host, ports.redis, 'default', passwords.people),
  };
}
