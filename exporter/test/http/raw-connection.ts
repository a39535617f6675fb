import { waitFor } from '@redmeter/test-servers';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A connection on which a test writes bytes of its own. */
export interface RawConnection {
  readonly socket: Socket;
  /** What was received so far. */
  readonly received: string;
  readonly isClosed: boolean;
  send(text: string): void;
  /** Waits until what was received matches. */
  untilReceived(pattern: RegExp): Promise<void>;
  /** Waits until the other side closed it, and answers all that was received. */
  untilClosed(): Promise<string>;
}

/** Connects to an exporter. */
export async function connectRaw(url: string): Promise<RawConnection> {
  const { port, protocol } = new URL(url);
  const address = { port: Number(port), host: '127.0.0.1' };
  const socket = protocol === 'https:' ? connectTls({ ...address, rejectUnauthorized: false }) : connectTcp(address);
  let received = '';
  let isClosed = false;
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.on('close', () => (isClosed = true));
  const connected = protocol === 'https:' ? 'secureConnect' : 'connect';
  await new Promise<void>((resolve) => socket.once(connected, resolve).once('close', () => resolve()));
  return {
    socket,
    get received() {
      return received;
    },
    get isClosed() {
      return isClosed;
    },
    send: (text) => void socket.write(text),
    async untilReceived(pattern) {
      await waitFor(() => pattern.test(received));
    },
    async untilClosed() {
      await waitFor(() => isClosed);
      return received;
    },
  };
}

/** The status codes of the answers in some text, in their order. */
export function statusesIn(text: string): number[] {
  return Array.from(text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm), ([, status]) => Number(status));
}
