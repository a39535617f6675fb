import { openMetricsStore, type StoreChoice } from '@redmeter/experiment';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ListenAddress } from './listen-address.js';
import { ServiceError } from './service-error.js';

/** What the service is started with. */
export type ServiceOptions = {
  readonly store: StoreChoice;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly http: ListenAddress;
};

/** A service that answers. */
export type RunningService = {
  readonly httpUrl: string;
  /** Answers what was accepted, then closes the store. */
  stop(): Promise<void>;
};

/** @throws ServiceError `cannot_listen`, or ExperimentError `store_unavailable` */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const store = await openMetricsStore(options.store, options.variables);
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/healthz' ? 200 : 404;
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    response.end(request.url === '/healthz' ? 'ok\n' : 'nothing is here\n');
  });
  const { host, port } = options.http;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (cause) {
    await store.close();
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'the port is in use; choose another with --http' : message;
    throw new ServiceError('cannot_listen', `cannot listen on ${host}:${port}: ${why}`, { cause });
  }
  const address = server.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    httpUrl: `http://${shownHost}:${address.port}`,
    async stop() {
      await new Promise((resolve) => void server.close(resolve));
      await store.close();
    },
  };
}
