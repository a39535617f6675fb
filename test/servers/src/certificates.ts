import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate authority of a test's own, and a server certificate it signed; PEM. */
export interface Certificates {
  readonly ca: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * Makes a certificate authority and a certificate for `localhost`, or another host, and 127.0.0.1 in a folder, valid for two days.
 * @throws Error when openssl is not installed, or fails
 */
export function makeCertificates(folder: string, host = 'localhost'): Certificates {
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '2',
    '-subj',
    '/CN=redmeter test CA',
    ...['-keyout', file('ca.key')],
    ...['-out', file('ca.crt')],
  );
  openssl(
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', `/CN=${host}`],
    ...['-addext', `subjectAltName=DNS:${host},IP:127.0.0.1`, '-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-CA', file('ca.crt'), '-CAkey', file('ca.key')],
    ...['-keyout', file('server.key'), '-out', file('server.crt')],
  );
  return {
    ca: readFileSync(file('ca.crt'), 'utf8'),
    caFile: file('ca.crt'),
    certFile: file('server.crt'),
    keyFile: file('server.key'),
  };
}

/** The arguments with which redis-server speaks TLS on a port besides, and asks its clients for no certificate. */
export function tlsArgs(port: number, { caFile, certFile, keyFile }: Certificates): string[] {
  return [
    ...['--tls-port', String(port), '--tls-auth-clients', 'no', '--tls-ca-cert-file', caFile],
    ...['--tls-cert-file', certFile, '--tls-key-file', keyFile],
  ];
}
