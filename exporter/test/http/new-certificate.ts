import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Writes `NAME.key` and `NAME.crt`, a certificate for 127.0.0.1 that signs itself. */
export function newCertificate(folder: string, name: string): void {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const type = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  execFileSync('openssl', ['req', '-x509', ...type, '-keyout', key, '-out', cert, ...subject], { stdio: 'pipe' });
}
