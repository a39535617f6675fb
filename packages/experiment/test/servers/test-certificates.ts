import { temporaryFolder } from '@redmeter/test-servers/jest';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate and its key, in PEM. */
export type TestCertificate = { readonly cert: Buffer; readonly key: Buffer };

/** An authority of its own, and what it signed: for a server named localhost and 127.0.0.1, and for a client. */
export type TestCertificates = {
  readonly authority: Buffer;
  readonly server: TestCertificate;
  readonly client: TestCertificate;
};

/** Makes certificates that hold for two days. */
export function makeTestCertificates(): TestCertificates {
  const folder = temporaryFolder();
  const file = (name: string): string => join(folder, name);
  const openssl = (...argv: readonly string[]): void => {
    execFileSync('openssl', [...argv], { stdio: 'ignore' });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const issue = (name: string, extensions: string): TestCertificate => {
    writeFileSync(file(`${name}.ext`), extensions);
    openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`));
    openssl(
      ...['x509', '-req', '-in', file(`${name}.csr`), '-days', '2', '-extfile', file(`${name}.ext`)],
      ...['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-out', file(`${name}.pem`)],
    );
    return { cert: readFileSync(file(`${name}.pem`)), key: readFileSync(file(`${name}.key`)) };
  };
  openssl(
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=redmeter test authority'],
    ...['-keyout', file('ca.key'), '-out', file('ca.pem')],
  );
  return {
    authority: readFileSync(file('ca.pem')),
    server: issue('localhost', 'subjectAltName=DNS:localhost,IP:127.0.0.1\n'),
    client: issue('redmeter', 'extendedKeyUsage=clientAuth\n'),
  };
}
