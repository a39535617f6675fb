import { quoted } from './nginx-text.js';
import type { NginxFiles } from './nginx-files.js';

/** Who runs the workers: nginx takes the directive only from root. */
export type NginxOwner = { readonly rootUser: string | undefined };

/** What both configurations begin with. */
export function mainLines(files: NginxFiles, { rootUser }: NginxOwner): string[] {
  return [
    // The system's own user could not enter the folder.
    ...(rootUser === undefined ? [] : [`user ${rootUser};`]),
    `pid ${quoted(files.pid)};`,
    `error_log ${quoted(files.errorLog)} warn;`,
    'worker_processes auto;',
    'worker_rlimit_nofile 16384;',
    'events {',
    '  worker_connections 8192;',
    '}',
  ];
}

/** HTTP settings of both: nothing of a request is logged, limited or stored. */
export function httpLines(files: NginxFiles): string[] {
  const temporary = (kind: string): string => quoted(`${files.folder}/${files.name}.${kind}`);
  return [
    'access_log off;',
    'server_tokens off;',
    'default_type application/octet-stream;',
    'client_max_body_size 0;',
    'large_client_header_buffers 8 32k;',
    'map_hash_bucket_size 256;',
    'variables_hash_max_size 4096;',
    `client_body_temp_path ${temporary('body')};`,
    `proxy_temp_path ${temporary('proxy')};`,
    `fastcgi_temp_path ${temporary('fastcgi')};`,
    `uwsgi_temp_path ${temporary('uwsgi')};`,
    `scgi_temp_path ${temporary('scgi')};`,
    'proxy_http_version 1.1;',
    'proxy_buffer_size 32k;',
    'proxy_buffers 8 32k;',
    'proxy_busy_buffers_size 64k;',
    'proxy_read_timeout 5m;',
    'proxy_send_timeout 5m;',
  ];
}
