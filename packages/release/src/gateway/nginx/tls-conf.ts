import { existsSync } from 'node:fs';
import type { PlannedVersion } from '../../plan/traffic-plan.js';
import { ReleaseError } from '../../release-error.js';
import { tlsSocket, type NginxFiles } from './nginx-files.js';
import { block, quoted } from './nginx-text.js';

// Debian and Ubuntu, Fedora and RHEL, Alpine and macOS.
const SYSTEM_AUTHORITIES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
];

/** Whether a version is reached by TLS. */
export function isTls(version: PlannedVersion): boolean {
  return 'url' in version && version.url.startsWith('https:');
}

/**
 * The server that passes requests on to a version by TLS. It has a socket of its own, since nginx takes the file of authorities from no
 * variable. The certificate must be valid for the host of the URL, which is the name that is asked for, too (SNI).
 *
 * @throws ReleaseError `gateway_refused` where no authorities are known
 */
export function tlsServer(files: NginxFiles, version: PlannedVersion, index: number): string[] {
  if (!('url' in version) || !isTls(version)) return [];
  const { hostname, port } = new URL(version.url);
  return [
    ...block(`upstream tls_${index}`, [
      `server ${hostname}:${port === '' ? 443 : port};`,
      'keepalive 64;',
      'keepalive_timeout 4s;',
    ]),
    ...block('server', [
      `listen ${quoted(`unix:${tlsSocket(files.folder, index)}`)} backlog=4096;`,
      'keepalive_timeout 0;',
      ...block('location /', [
        'proxy_request_buffering off;',
        'proxy_buffering off;',
        'proxy_set_header Host $http_host;',
        'proxy_set_header Upgrade $http_upgrade;',
        'proxy_set_header Connection $split_connection;',
        'proxy_ssl_verify on;',
        'proxy_ssl_verify_depth 9;',
        `proxy_ssl_trusted_certificate ${quoted(version.ca ?? systemAuthorities())};`,
        `proxy_ssl_name ${quoted(hostname)};`,
        'proxy_ssl_server_name on;',
        'proxy_ssl_protocols TLSv1.2 TLSv1.3;',
        `proxy_pass https://tls_${index}$request_uri;`,
      ]),
    ]),
  ];
}

function systemAuthorities(): string {
  const found = SYSTEM_AUTHORITIES.find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new ReleaseError(
    'gateway_refused',
    `expected the system's certificate authorities in one of ${SYSTEM_AUTHORITIES.join(', ')}, found none; set "ca" of the version to a file`,
  );
}
