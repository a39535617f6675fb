import { connect, createServer } from 'node:net';
import { ReleaseError } from '../../release-error.js';
import type { ListenAddress } from '../../spec/listen.js';

/** @throws ReleaseError `gateway_unavailable` when nobody can listen there. */
export async function checkFree({ host, port }: ListenAddress): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message = `expected gateway.nginx.listen to be an address that is free, got ${host}:${port}, ${whyNot(error)}`;
      reject(new ReleaseError('gateway_unavailable', message, { cause: error }));
    });
    server.listen(port, bare(host), resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}

/** Whether somebody listens there. */
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
      return 'which another program has';
    case 'EACCES':
      return 'which this user may not listen on';
    default:
      return message;
  }
}
