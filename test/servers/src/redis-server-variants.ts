import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates, tlsArgs, type Certificates } from './certificates.js';
import { freePort } from './free-port.js';
import { startRedisServer, type RedisServer, type RedisServerOptions } from './redis-server.js';
import { newFolder } from './new-folder.js';

/** A redis-server that also speaks TLS, on a port of its own. */
export interface TlsRedisServer extends RedisServer {
  readonly tlsPort: number;
  /** `rediss://localhost:<tlsPort>` */
  readonly tlsUrl: string;
  readonly certificates: Certificates;
}

/** Starts a redis-server that also speaks TLS, with a certificate for `localhost` by an authority of its own. */
export async function startTlsRedisServer(options: RedisServerOptions = {}): Promise<TlsRedisServer> {
  const folder = newFolder();
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const certificates = makeCertificates(folder);
    const tlsPort = await freePort();
    const server = await startRedisServer({
      ...options,
      args: [...tlsArgs(tlsPort, certificates), ...(options.args ?? [])],
    });
    const stopServer = server.stop.bind(server);
    return Object.assign(server, {
      tlsPort,
      tlsUrl: `rediss://localhost:${tlsPort}`,
      certificates,
      async stop() {
        await stopServer();
        removeFolder();
      },
    });
  } catch (error) {
    removeFolder();
    throw error;
  }
}

/** A redis-server that also listens at a socket in the file system. */
export interface UnixRedisServer extends RedisServer {
  /** The socket's path. */
  readonly socket: string;
}

/** Starts a redis-server that also listens at a socket in its directory. */
export async function startUnixRedisServer(options: RedisServerOptions = {}): Promise<UnixRedisServer> {
  const server = await startRedisServer({
    ...options,
    args: ['--unixsocket', 'redis.sock', '--unixsocketperm', '700', ...(options.args ?? [])],
  });
  return Object.assign(server, { socket: join(server.dir, 'redis.sock') });
}
