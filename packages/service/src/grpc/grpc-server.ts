import { experimental, Server, ServerCredentials } from '@grpc/grpc-js';
import { createServer, type AddressInfo, type Server as SocketServer } from 'node:net';
import type { ListenAddress } from '@redmeter/http-server';
import type { Certificate } from '../access/certificate.js';
import type { Logger } from '../logger.js';
import { abnDefinition, abnImplementation, type AbnServiceParts, type Iter8Abi } from './abn-service.js';

/** How the gRPC side listens. */
export type GrpcServerOptions = ListenAddress & {
  readonly abi: Iter8Abi;
  readonly maxConnections: number;
  /** Undefined for no TLS. */
  readonly certificate: Certificate | undefined;
};

const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_STREAMS = 1000;
const MAX_IDLE_MS = 15 * 60_000;
const KEEP_ALIVE_MS = 60_000;
const KEEP_ALIVE_TIMEOUT_MS = 10_000;

/** The gRPC side: `main.ABN`. */
export class GrpcServer {
  readonly #options: GrpcServerOptions;
  readonly #grpc: Server;
  readonly #sockets: SocketServer;
  readonly #logger: Logger;

  constructor(options: GrpcServerOptions, parts: AbnServiceParts) {
    this.#options = options;
    this.#logger = parts.logger;
    this.#grpc = new Server({
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_concurrent_streams': MAX_STREAMS,
      'grpc.max_connection_idle_ms': MAX_IDLE_MS,
      'grpc.keepalive_time_ms': KEEP_ALIVE_MS,
      'grpc.keepalive_timeout_ms': KEEP_ALIVE_TIMEOUT_MS,
    });
    this.#grpc.addService(abnDefinition(options.abi), abnImplementation(options.abi, parts));
    const connections = this.#grpc.createConnectionInjector(credentialsOf(options.certificate));
    // A server of its own, since grpc-js does not limit connections and reports a port in use with two messages.
    this.#sockets = createServer((socket) => connections.injectConnection(socket.setNoDelay(true)));
    this.#sockets.maxConnections = options.maxConnections;
  }

  /** Starts to listen; rejects with the error of the system, such as `EADDRINUSE`. */
  async listen(): Promise<AddressInfo> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#sockets.once('error', reject);
      this.#sockets.listen(port, host, () => {
        this.#sockets.off('error', reject);
        this.#sockets.on('error', (error) => this.#logger.error(`gRPC: the server failed: ${error.message}`));
        resolve();
      });
    });
    return this.#sockets.address() as AddressInfo;
  }

  /** Answers what was accepted, at most `graceMs` milliseconds, and ends all connections. */
  async close(graceMs: number): Promise<void> {
    this.#sockets.close();
    await new Promise<void>((resolve) => {
      const cut = setTimeout(() => {
        this.#grpc.forceShutdown();
        resolve();
      }, graceMs);
      this.#grpc.tryShutdown(() => {
        clearTimeout(cut);
        resolve();
      });
    });
  }
}

function credentialsOf(certificate: Certificate | undefined): ServerCredentials {
  if (certificate === undefined) return ServerCredentials.createInsecure();
  type Listener = experimental.IdentityCertificateUpdateListener;
  const takers = new Map<Listener, () => void>();
  const provider: experimental.CertificateProvider = {
    addCaCertificateListener: () => undefined,
    removeCaCertificateListener: () => undefined,
    addIdentityCertificateListener(listener) {
      const take = (): void => {
        const { cert, key } = certificate.pair;
        listener({ certificate: cert, privateKey: key });
      };
      takers.set(listener, take);
      certificate.onRenewed(take);
      // Not at once: grpc-js listens to its credentials only after this.
      queueMicrotask(take);
    },
    removeIdentityCertificateListener(listener) {
      const take = takers.get(listener);
      if (take !== undefined) certificate.offRenewed(take);
      takers.delete(listener);
    },
  };
  // The certificate comes first, whatever the parameter is called in grpc-js 1.14; without authorities no client certificate is asked for.
  return experimental.createCertificateProviderServerCredentials(provider, null, false);
}
