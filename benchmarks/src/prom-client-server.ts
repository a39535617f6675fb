import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { fillRegistry, workload } from './workload.js';

// A process of its own, as the exporter is one: serves a workload of as many counters as its argument says, as users of
// prom-client do, with gzip as an HTTP framework's middleware compresses. Prints its port.
const register = fillRegistry(workload(Number(process.argv[2]), ['counter']));
const server = createServer((request, response) => {
  void register.metrics().then((text) => {
    response.setHeader('Content-Type', register.contentType);
    if (request.headers['accept-encoding'] !== 'gzip') response.end(text);
    else response.setHeader('Content-Encoding', 'gzip').end(gzipSync(text));
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
