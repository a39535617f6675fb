import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { readListenAddress } from '@redmeter/http-server';
import { DEFAULT_LISTEN } from '../default-listen.js';

// The health check of the image, which runs every few seconds: it loads as little as it can.

const TIMEOUT_MS = 2_500;

const listen = process.env['REDMETER_EXPORTER_LISTEN'] ?? '';
const address = readListenAddress(listen === '' ? DEFAULT_LISTEN : listen);

/** Whether the exporter reports that it is healthy, by HTTP or by TLS. */
async function isHealthy(request: typeof requestHttp | typeof requestHttps): Promise<boolean> {
  return new Promise((resolve) => {
    // The health check does not verify the certificate.
    const options = { ...address, path: '/healthz', rejectUnauthorized: false, timeout: TIMEOUT_MS };
    const asked = request(options, (answer) => resolve(answer.resume().statusCode === 200));
    asked.on('timeout', () => asked.destroy());
    // An exporter that requires a client certificate ends the handshake with a TLS alert: it is running.
    asked.on('error', ({ message }) => resolve(/\balert\b/i.test(message)));
    asked.end();
  });
}

// TLS is switched on or off only at a start; the web configuration may have changed since.
process.exitCode = (await isHealthy(requestHttp)) || (await isHealthy(requestHttps)) ? 0 : 1;
