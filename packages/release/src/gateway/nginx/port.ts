import { connect, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { ReleaseError } from '../../release-error.js';
import type { ListenAddress } from '../../spec/listen.js';

/** How long an address may stay taken by a process that has just ended, milliseconds. */
const ENDING_MS = 2000;
const RETRY_MS = 100;

/** @throws ReleaseError `gateway_unavailable` if the address cannot be listened on. */
export async function checkFree({ host, port }: ListenAddress): Promise<void> {
  const endMs = performance.now() + ENDING_MS;
  let error = await tryToListen(host, port);
  while (error?.code === 'EADDRINUSE' && performance.now() < endMs) {
    await setTimeout(RETRY_MS);
    error = await tryToListen(host, port);
  }
  if (error === undefined) return;
  const message = `expected gateway.nginx.listen to be a free address, got ${host}:${port}, ${whyNot(error)}`;
  throw new ReleaseError('gateway_unavailable', message, { cause: error });
}

/** Listens there for a moment; why not, when that is refused. */
async function tryToListen(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  const server = createServer();
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once('error', resolve);
    server.listen(port, bare(host), () => resolve(undefined));
  });
  if (error === undefined) await new Promise((resolve) => server.close(resolve));
  return error;
}

/** Whether a program listens on the address. */
export function isListening({ host, port }: ListenAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, bare(host));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

function whyNot({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'which another program uses';
    case 'EACCES':
      return 'which this user may not listen on';
    default:
      return message;
  }
}
