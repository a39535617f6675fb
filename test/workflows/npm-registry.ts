import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** As much of the npm registry's API as `npm view` and `npm publish` use. */
export type NpmRegistry = {
  readonly url: string;
  /** What was published, as `name@version`, in order. */
  readonly published: string[];
  close(): Promise<void>;
};

type Package = {
  readonly name: string;
  readonly versions: Record<string, unknown>;
  readonly 'dist-tags': Record<string, string>;
};

export async function startNpmRegistry(): Promise<NpmRegistry> {
  const packages = new Map<string, Package>();
  const published: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const answer = (status: number, value: unknown): void => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(value));
      };
      const name = decodeURIComponent(request.url?.slice(1).split('?', 1)[0] ?? '');
      const known = packages.get(name);
      if (request.method !== 'PUT') {
        if (known === undefined) answer(404, { error: 'Not found' });
        else answer(200, known);
        return;
      }
      const sent = JSON.parse(Buffer.concat(chunks).toString()) as Package;
      packages.set(name, { ...sent, versions: { ...known?.versions, ...sent.versions } });
      published.push(...Object.keys(sent.versions).map((version) => `${name}@${version}`));
      answer(201, { ok: true });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    published,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
