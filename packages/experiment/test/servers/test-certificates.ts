import { makeCertificates, makeClientCertificate, type CertificateFiles } from '@redmeter/test-servers';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { readFileSync } from 'node:fs';

/** A certificate and its key, in PEM. */
export type TestCertificate = { readonly cert: Buffer; readonly key: Buffer };

/** An authority of its own, and what it signed: for a server named localhost and 127.0.0.1, and for a client. */
export type TestCertificates = {
  readonly authority: Buffer;
  readonly server: TestCertificate;
  readonly client: TestCertificate;
};

/** Makes certificates that are valid for two days. */
export function makeTestCertificates(): TestCertificates {
  const folder = temporaryFolder();
  const { caFile, ...server } = makeCertificates(folder);
  return {
    authority: readFileSync(caFile),
    server: read(server),
    client: read(makeClientCertificate(folder)),
  };
}

function read({ certFile, keyFile }: CertificateFiles): TestCertificate {
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) };
}
