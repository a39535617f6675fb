import { connect, createServer } from 'node:net';
import { clientAddress } from './address.js';
import { portVariables, type PartName } from './part-name.js';
import { portHolder } from './port-holder.js';
import type { Settings } from './settings.js';
import { StackError } from './stack-error.js';

/**
 * Makes sure that every part will get its port.
 * @throws StackError `port-in-use` or `not-permitted`, a line for each port: part, holder and the fix.
 */
export async function refusePortsInUse(parts: readonly PartName[], settings: Settings): Promise<void> {
  const checked = await Promise.all(parts.map(async (part) => ({ part, fault: await portFault(part, settings) })));
  const faults = checked.flatMap(({ part, fault }) => (fault === undefined ? [] : [{ part, ...fault }]));
  const [first] = faults;
  if (first === undefined) return;
  const lines = faults.map(({ part, why }) => {
    const variable = portVariables[part];
    return `port ${settings.ports[part]} (${part}) ${why}; free it, or set ${variable} in .env or the environment`;
  });
  if (parts.length > 1 && faults.length === parts.length)
    lines.unshift('every port is in use: is the stack running already?');
  throw new StackError(first.code, lines.join('\n'));
}

interface PortFault {
  readonly code: 'port-in-use' | 'not-permitted';
  readonly why: string;
}

async function portFault(part: PartName, settings: Settings): Promise<PortFault | undefined> {
  const port = settings.ports[part];
  const listening = await listenFault(settings.bindAddress, port);
  if (listening === 'EACCES') return { code: 'not-permitted', why: 'needs a permission that this user does not have' };
  if (listening === 'EADDRNOTAVAIL') {
    throw new StackError(
      'bad-setting',
      `BIND_ADDRESS: expected an address of this machine, got ${settings.bindAddress}`,
    );
  }
  // On macOS a port that another program holds for all addresses can still be bound for one: only a connection shows it.
  const taken = listening === 'EADDRINUSE' || (await answers(clientAddress(settings.bindAddress), port));
  return taken ? { code: 'port-in-use', why: `is in use${await portHolder(port)}` } : undefined;
}

function listenFault(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('connect', () => finish(true));
  });
}
