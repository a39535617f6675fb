import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { EventEmitter } from 'node:events';
import type { RequestOutcome } from './load-engine.js';

/**
 * The parts of autocannon's client that a paced client builds on. Those with an underscore are not documented: the dependency is
 * pinned to one version, and the tests of the engine fail when they change.
 */
type AutocannonClient = EventEmitter & {
  readonly conn: Socket | TLSSocket;
  readonly parser: { reinitialize(type: 'RESPONSE'): void; finish(): unknown; nextRequest(): void };
  readonly pipelinedRequests: { clear(): void };
  readonly timeoutTicker: { reschedule(ms: number): void };
  readonly secure: boolean;
  destroyed: boolean;
  timeout: number;
  _connect(): void;
  _doRequest(): void;
  _resetConnection(): void;
  destroy(): void;
};

/** What a paced client needs of the load it belongs to. */
export type PacedClientOptions = {
  /** How long to wait for the next slot in milliseconds; undefined when the load is over. */
  readonly takeSlot: () => number | undefined;
  readonly onSent: () => void;
  readonly onOutcome: (outcome: RequestOutcome) => void;
  readonly timeoutMs: number;
  readonly acceptsAnyCertificate: boolean;
};

const FAR_MS = 2 ** 31 - 1;

/**
 * Makes an autocannon client send when its slot comes, and account for each request once.
 *
 * Left alone (9.0.0) it sends a second's requests in one burst, forgets a request when the server closes the connection before it
 * answers, measures the next answer from the forgotten request on, goes on parsing half an answer after it reconnects, takes an
 * idle connection for a timeout, and what a server says before its answer (103 Early Hints) for that answer.
 *
 * @returns how to end the client at once.
 */
export function paceClient(given: unknown, options: PacedClientOptions): () => void {
  if (!isAutocannonClient(given)) throw new TypeError('expected the client of autocannon 9.0.0');
  const client = given;
  const connect = client._connect.bind(client);
  const send = client._doRequest.bind(client);
  let isAwaitingAnswer = false;
  let isAnswerTheLast = false;
  let isInterim = false;
  let isReconnecting = false;
  let slotTimer: NodeJS.Timeout | undefined;

  const end = (outcome: RequestOutcome): void => {
    isAwaitingAnswer = false;
    client.timeoutTicker.reschedule(FAR_MS);
    options.onOutcome(outcome);
  };
  const sendNow = (): void => {
    slotTimer = undefined;
    isAwaitingAnswer = true;
    isAnswerTheLast = false;
    options.onSent();
    send();
  };

  const { parser } = client;
  const completeAnswer = parser.nextRequest.bind(parser);
  parser.nextRequest = () => (isInterim ? parser.reinitialize('RESPONSE') : completeAnswer());
  client.timeout = options.timeoutMs;
  client._doRequest = () => {
    if (client.destroyed || isReconnecting || slotTimer !== undefined) return;
    if (isAnswerTheLast) {
      isAnswerTheLast = false;
      client._resetConnection();
      return;
    }
    const waitMs = options.takeSlot();
    // autocannon listens for the end of a client only after it has made it, and making it comes here.
    if (waitMs === undefined) setImmediate(() => client.destroy());
    else if (waitMs < 0.5) sendNow();
    else {
      client.timeoutTicker.reschedule(FAR_MS);
      slotTimer = setTimeout(sendNow, waitMs);
    }
  };
  client._connect = () => {
    isReconnecting = true;
    if (isAwaitingAnswer && !client.conn.destroyed) {
      // An answer without a length ends with the connection.
      parser.finish();
    }
    if (isAwaitingAnswer) end({ kind: 'failure', reason: client.conn.destroyed ? 'timeout' : 'connection closed' });
    client.pipelinedRequests.clear();
    parser.reinitialize('RESPONSE');
    isAnswerTheLast = false;
    isReconnecting = false;
    connect();
    if (client.secure && !options.acceptsAnyCertificate) requireTrust(client.conn);
  };

  client.on('headers', ({ statusCode = 0, shouldKeepAlive }: { statusCode?: number; shouldKeepAlive?: boolean }) => {
    isAnswerTheLast = shouldKeepAlive === false;
    // After 101 comes another protocol, no answer.
    isInterim = statusCode >= 100 && statusCode < 200 && statusCode !== 101;
  });
  client.on('response', (statusCode: number, _bytes: number, latencyMs: number) => {
    if (isAwaitingAnswer) end({ kind: 'answer', statusCode, latencyMs });
  });
  client.on('connError', (error: NodeJS.ErrnoException) => {
    if (isAwaitingAnswer) end({ kind: 'failure', reason: error.code ?? error.message });
  });
  return () => {
    clearTimeout(slotTimer);
    slotTimer = undefined;
    client.destroy();
  };
}

// autocannon turns the check of certificates off; the verdict is on the socket all the same.
function requireTrust(connection: Socket | TLSSocket): void {
  connection.once('secureConnect', () => {
    if (!('authorized' in connection) || connection.authorized) return;
    const code = String(connection.authorizationError);
    connection.destroy(Object.assign(new Error(`untrusted certificate: ${code}`), { code }));
  });
}

function isAutocannonClient(value: unknown): value is AutocannonClient {
  if (typeof value !== 'object' || value === null) return false;
  const methods = ['_connect', '_doRequest', '_resetConnection', 'destroy', 'on'];
  return (
    methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function') &&
    'parser' in value &&
    'pipelinedRequests' in value
  );
}
