import { Agent, request, type OutgoingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';

/** An answer, read to its end. */
export type Answer = {
  readonly status: number;
  readonly body: string;
  readonly cookie: string | undefined;
  /** Of the demo store, the version that answered. */
  readonly version: string | undefined;
};

/** Sends one request; on a connection of its own unless an agent is given. */
export function ask(
  url: string,
  {
    headers = {},
    method = 'GET',
    body,
    agent = false,
  }: {
    readonly headers?: OutgoingHttpHeaders;
    readonly method?: string;
    readonly body?: string;
    readonly agent?: Agent | false;
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.once('error', reject);
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          body: text,
          cookie: answer.headers['set-cookie']?.join('\n'),
          version: answer.headers['x-store-version']?.toString(),
        }),
      );
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** Sends so many requests by pipelining, and counts what the bodies of the answers say. They must be one line without a length above 9. */
export async function countBodies(port: number, requests: number): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const connections = 16;
  const each = Math.ceil(requests / connections);
  await Promise.all(Array.from({ length: connections }, () => countOn(port, each, counts)));
  return counts;
}

const BATCH = 50;
const REQUEST = 'GET /count HTTP/1.1\r\nHost: shop\r\n\r\n';

function countOn(port: number, requests: number, counts: Map<string, number>): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1');
    let sent = 0;
    let answered = 0;
    let rest = '';
    const send = (): void => {
      const batch = Math.min(BATCH, requests - sent);
      sent += batch;
      socket.write(REQUEST.repeat(batch));
    };
    socket.once('error', reject);
    socket.once('close', () =>
      answered === requests ? resolve() : reject(new Error(`closed after ${answered} answers: ${rest}`)),
    );
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      rest += chunk;
      for (;;) {
        const head = rest.indexOf('\r\n\r\n');
        if (head < 0) break;
        const length = Number(/content-length: (\d+)/i.exec(rest.slice(0, head))?.[1]);
        if (!rest.startsWith('HTTP/1.1 200 ') || Number.isNaN(length)) {
          socket.destroy(new Error(`not an answer: ${rest.slice(0, head)}`));
          return;
        }
        if (rest.length < head + 4 + length) break;
        const body = rest.slice(head + 4, head + 4 + length);
        counts.set(body, (counts.get(body) ?? 0) + 1);
        rest = rest.slice(head + 4 + length);
        answered += 1;
      }
      if (answered === requests) socket.end();
      else if (answered === sent) send();
    });
    socket.once('connect', send);
  });
}
