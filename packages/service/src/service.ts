import type { StoreChoice } from '@redmeter/experiment';
import { shownAddress, type ListenAddress } from '@redmeter/http-server';
import type { AddressInfo } from 'node:net';
import { Abn } from './abn.js';
import { Certificate, type CertificateFiles } from './access/certificate.js';
import { Tokens } from './access/tokens.js';
import type { Iter8Abi } from './grpc/abn-service.js';
import { GrpcServer } from './grpc/grpc-server.js';
import { httpSide } from './http/http-side.js';
import type { Logger } from './logger.js';
import { ServiceMetrics } from './metrics/service-metrics.js';
import { ServiceError } from './service-error.js';
import { openServiceStore, type ServiceStore } from './store/service-store.js';

/** What the service is started with. */
export type ServiceOptions = {
  readonly store: StoreChoice;
  /** The environment, which may choose the store too. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly grpc: ListenAddress;
  readonly http: ListenAddress;
  readonly iter8Abi: Iter8Abi;
  /** Undefined: anybody may ask. */
  readonly tokenFile: string | undefined;
  /** Undefined: no TLS. */
  readonly certificate: CertificateFiles | undefined;
  readonly allowedHosts: readonly string[];
  /** Of each of the two servers. */
  readonly maxConnections: number;
  /** Of the package. */
  readonly version: string;
};

/** A service that answers. */
export type RunningService = {
  /** host:port */
  readonly grpcAddress: string;
  /** http:// or https://, host:port */
  readonly httpUrl: string;
  /** Answers what was accepted, stores what waits, and ends; at most about `graceMs` milliseconds for the answers. */
  readonly stop: (graceMs: number) => Promise<void>;
};

/**
 * Opens the store and serves it over gRPC and HTTP.
 * @throws ServiceError `invalid_configuration`, `cannot_listen`; ExperimentError `invalid_usage`, `store_unavailable`
 */
export async function startService(options: ServiceOptions, logger: Logger): Promise<RunningService> {
  const { certificate: files, maxConnections, iter8Abi: abi, allowedHosts, version } = options;
  const tokens = new Tokens(options.tokenFile, logger);
  const certificate = files === undefined ? undefined : new Certificate(files, logger);
  const closeFiles = (): void => {
    tokens.close();
    certificate?.close();
  };
  let store: ServiceStore | undefined;
  try {
    const metrics = new ServiceMetrics(() => ({
      weightsAgeMs: store?.versions.ageMs ?? 0,
      numPendingWrites: store?.numPendingWrites() ?? 0,
    }));
    const opened = (store = await openServiceStore(options.store, options.variables, {
      onRead: readReporter(metrics, logger),
      onDroppedUser: () => metrics.droppedUsers.inc(),
    }));
    const parts = { abn: new Abn(opened), store: opened, tokens, metrics, logger };
    const grpc = new GrpcServer({ ...options.grpc, abi, maxConnections, certificate }, parts);
    const http = httpSide({ ...options.http, maxConnections, allowedHosts, certificate, version }, parts);
    const grpcAddress = shownAddress(await listen('--grpc', options.grpc, () => grpc.listen()));
    let httpAddress: AddressInfo;
    try {
      httpAddress = await listen('--http', options.http, () => http.listen());
    } catch (error) {
      await grpc.close(0);
      throw error;
    }
    return {
      grpcAddress,
      httpUrl: `${certificate === undefined ? 'http' : 'https'}://${shownAddress(httpAddress)}`,
      async stop(graceMs) {
        await Promise.all([grpc.close(graceMs), http.close(graceMs)]);
        await opened.close();
        closeFiles();
      },
    };
  } catch (error) {
    closeFiles();
    await store?.close();
    throw error;
  }
}

async function listen(
  flag: string,
  { host, port }: ListenAddress,
  start: () => Promise<AddressInfo>,
): Promise<AddressInfo> {
  try {
    return await start();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? `the port is in use; choose another with ${flag}` : message;
    throw new ServiceError('cannot_listen', `cannot listen on ${host}:${port}: ${why}`, { cause });
  }
}

/** Logs when the store stops answering and when it answers again, not each time. */
function readReporter(metrics: ServiceMetrics, logger: Logger): (failure: unknown) => void {
  let isFailing = false;
  return (failure) => {
    if (failure !== undefined) {
      metrics.failedReads.inc();
      const why = failure instanceof Error ? failure.message : 'the store cannot be read';
      if (!isFailing) logger.error(`${why}; lookups continue with the last known weights`);
    } else if (isFailing) logger.info('the store can be read again');
    isFailing = failure !== undefined;
  };
}
