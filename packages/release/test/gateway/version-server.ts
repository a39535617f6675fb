import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';

/** What reached a version. */
export type SeenRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The name that was asked for by TLS. */
  readonly serverName?: string;
};

/** A version of an application that answers with its name, and notes what it gets. */
export type VersionServer = {
  readonly name: string;
  readonly url: string;
  /** How many requests came. */
  count: number;
  readonly seen: SeenRequest[];
  /** How it answers from now on; by default with its name. */
  answer: (response: ServerResponse, request: SeenRequest) => void;
  /** Takes upgrades to a protocol from now on, and sends back what comes. */
  onUpgrade(protocol: string): void;
  stop(): Promise<void>;
};

const KEPT = 1000;

/** A certificate and its key, in PEM. */
type ServedCertificate = { readonly cert: Buffer; readonly key: Buffer };

/** Starts a version on a free port of loopback. */
export function startVersion(name: string): Promise<VersionServer> {
  return listen(name, undefined);
}

/** The same by TLS; its URL has the host `localhost`. */
export function startTlsVersion(name: string, tls: ServedCertificate): Promise<VersionServer> {
  return listen(name, tls);
}

async function listen(name: string, tls: ServedCertificate | undefined): Promise<VersionServer> {
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    version.count += 1;
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.once('end', () => {
      const { method = '', url = '', headers } = request;
      const serverName = request.socket instanceof TLSSocket ? request.socket.servername : false;
      const seen = { method, url, headers, body, ...(typeof serverName === 'string' ? { serverName } : {}) };
      if (version.seen.length < KEPT) version.seen.push(seen);
      version.answer(response, seen);
    });
  };
  const server = tls === undefined ? createServer(onRequest) : createTlsServer(tls, onRequest);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 1024, resolve));
  const version: VersionServer = {
    name,
    url: `${tls === undefined ? 'http://127.0.0.1' : 'https://localhost'}:${(server.address() as AddressInfo).port}`,
    count: 0,
    seen: [],
    answer: (response) => void response.end(name),
    onUpgrade: (protocol) =>
      void server.on('upgrade', (_request, socket) => {
        socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
        socket.pipe(socket);
      }),
    stop: () => stopServer(server),
  };
  return version;
}

async function stopServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
