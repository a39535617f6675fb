import { createServer, type Server } from 'node:net';

/** A TCP port on loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { port } = await freePorts('port');
  return port;
}

/** For each name a TCP port on loopback that was free a moment ago, no two the same. */
export async function freePorts<Name extends string>(...names: readonly Name[]): Promise<Record<Name, number>> {
  const { ports, release } = await holdPorts(...names);
  await release();
  return ports;
}

/** The same, reserved until they are released. */
export async function holdPorts<Name extends string>(
  ...names: readonly Name[]
): Promise<{ readonly ports: Record<Name, number>; readonly release: () => Promise<void> }> {
  // All are held until the last is found, so that none comes twice.
  const probes = await Promise.all(names.map(async (name) => ({ name, server: await listen() })));
  const ports = probes.map(({ name, server }) => [name, portOf(server)] as const);
  return {
    ports: Object.fromEntries(ports) as Record<Name, number>,
    release: async () => {
      await Promise.all(probes.map(({ server }) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the probe socket has no port');
  return address.port;
}
