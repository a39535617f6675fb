import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// A process of its own: answers each request after as many milliseconds as its argument says. Prints its port.
const delayMs = Number(process.argv[2]);
const server = createServer((_request, response) => {
  if (delayMs === 0) response.end('ok');
  else setTimeout(() => response.end('ok'), delayMs);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
