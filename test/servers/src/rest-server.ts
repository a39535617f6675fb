import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';

/**
 * What happens to a request: `lost` and `late` run the command, and break the connection or never answer; `refused` answers 503 without
 * running it, `failed` answers 503 after running it.
 */
export type RestFault = 'failed' | 'late' | 'lost' | 'refused';

/** An HTTP server that speaks the REST protocol of Upstash and forwards to a real Redis. */
export interface RestServer {
  readonly url: string;
  readonly token: string;
  /** How many faults were injected. */
  readonly faults: number;
  /** Injects a fault into the next requests whose commands match. */
  inject(fault: RestFault, requests: number, matching: RegExp): void;
  stop(): Promise<void>;
}

type Answer = { readonly result: unknown } | { readonly error: string };

/**
 * Starts a REST server in front of a Redis.
 * @param url of the Redis; each command is sent to it once
 * @param options the port of the server; default a free one
 */
export async function startRestServer(url: string, { port = 0 }: { readonly port?: number } = {}): Promise<RestServer> {
  const token = 'rest-token';
  const redis = new Redis(url, {
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    protocol: 2,
    retryStrategy: () => 20,
  });
  redis.on('error', () => undefined);
  let left = 0;
  let fault: RestFault = 'refused';
  let pattern = /^/;
  let faults = 0;

  /** @throws an error of the connection */
  async function run([command, ...args]: readonly unknown[], encoding: BufferEncoding): Promise<Answer> {
    try {
      const reply = await redis.callBuffer(String(command), ...args.map(String));
      return { result: encode(reply, encoding) };
    } catch (error) {
      if (error instanceof Error && error.name === 'ReplyError') return { error: error.message };
      throw error;
    }
  }

  async function answer(request: IncomingMessage, commands: unknown): Promise<{ status: number; body: unknown }> {
    if (request.headers.authorization !== `Bearer ${token}`) {
      return { status: 401, body: { error: 'WRONGPASS invalid or missing auth token' } };
    }
    const encoding = request.headers['upstash-encoding'] === 'base64' ? 'base64' : 'utf8';
    try {
      if (request.url === '/pipeline') {
        const answers: Answer[] = [];
        for (const command of commands as readonly unknown[][]) answers.push(await run(command, encoding));
        return { status: 200, body: answers };
      }
      const body = await run(commands as readonly unknown[], encoding);
      return { status: 'error' in body ? 400 : 200, body };
    } catch (error) {
      return { status: 503, body: { error: String(error) } };
    }
  }

  const server = createServer((request, response) => {
    void (async () => {
      const text = await bodyOf(request);
      const injected = left > 0 && pattern.test(text) ? fault : undefined;
      if (injected !== undefined) {
        left -= 1;
        faults += 1;
      }
      const { body, status } =
        injected === 'refused'
          ? { status: 503, body: { error: 'ERR unavailable' } }
          : await answer(request, JSON.parse(text));
      if (injected === 'lost') request.socket.destroy();
      else if (injected !== 'late') {
        response.writeHead(injected === 'failed' ? 503 : status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      }
    })();
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    get faults() {
      return faults;
    },
    inject(next, requests, matching) {
      fault = next;
      left = requests;
      pattern = matching;
    },
    async stop() {
      redis.disconnect();
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function encode(reply: unknown, encoding: BufferEncoding): unknown {
  if (Array.isArray(reply)) return reply.map((part) => encode(part, encoding));
  if (!Buffer.isBuffer(reply)) return reply;
  const text = reply.toString();
  return text === 'OK' ? text : reply.toString(encoding);
}
