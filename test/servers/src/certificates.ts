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

/** Files in PEM. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

/**
 * Makes a certificate authority and a certificate for `localhost`, or another host, and 127.0.0.1 in a folder, valid for two days.
 * @throws Error when openssl is not installed, or fails
 */
export function makeCertificates(folder: string, host = 'localhost'): Certificates {
  const ca = request(folder, 'ca', ['-subj', '/CN=redmeter test CA']);
  const server = issue(folder, 'server', host, `subjectAltName=DNS:${host},IP:127.0.0.1`);
  return { ca: readFileSync(ca.certFile, 'utf8'), caFile: ca.certFile, ...server };
}

/** Makes a client's certificate, `client.crt` and `client.key`, signed by the authority that `makeCertificates` made in the folder. */
export function makeClientCertificate(folder: string): CertificateFiles {
  return issue(folder, 'client', 'redmeter', 'extendedKeyUsage=clientAuth');
}

/** Writes `NAME.crt` and `NAME.key`, a certificate for 127.0.0.1 that signs itself. */
export function makeSelfSignedCertificate(folder: string, name: string): CertificateFiles {
  return request(folder, name, ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']);
}

/** The arguments with which redis-server speaks TLS on a port besides, and asks its clients for no certificate. */
export function tlsArgs(port: number, { caFile, certFile, keyFile }: Certificates): string[] {
  return [
    ...['--tls-port', String(port), '--tls-auth-clients', 'no', '--tls-ca-cert-file', caFile],
    ...['--tls-cert-file', certFile, '--tls-key-file', keyFile],
  ];
}

function issue(folder: string, name: string, subject: string, extension: string): CertificateFiles {
  return request(folder, name, [
    ...['-subj', `/CN=${subject}`, '-addext', extension, '-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-CA', join(folder, 'ca.crt'), '-CAkey', join(folder, 'ca.key')],
  ]);
}

function request(folder: string, name: string, args: readonly string[]): CertificateFiles {
  const files = { certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) };
  const out = ['-keyout', files.keyFile, '-out', files.certFile];
  execFileSync('openssl', ['req', '-x509', ...NEW_KEY, ...args, ...out], { stdio: 'pipe' });
  return files;
}
