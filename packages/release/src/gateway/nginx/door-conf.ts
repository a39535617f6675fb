import type { ListenAddress } from '../../spec/listen.js';
import { httpLines, mainLines, type NginxOwner } from './common-conf.js';
import { splitSocket, type NginxFiles } from './nginx-files.js';
import { block, quoted } from './nginx-text.js';

/**
 * The nginx that holds the connections of users. It is not reloaded when weights change: nginx closes idle connections when it is
 * reloaded, and a request that a user sends at that moment would be lost. Each request goes on to the other nginx by a connection of
 * its own, so that a reload there cuts off none, and none waits there for the copy of the one before.
 */
export function doorConfiguration(files: NginxFiles, listen: ListenAddress, owner: NginxOwner): string {
  const server = block('server', [
    `listen ${listen.host}:${listen.port} backlog=4096;`,
    'keepalive_requests 100000;',
    ...block('location /', [
      'proxy_pass http://split;',
      'proxy_request_buffering off;',
      'proxy_buffering off;',
      'proxy_set_header Host $http_host;',
      'proxy_set_header Upgrade $http_upgrade;',
      'proxy_set_header Connection $door_connection;',
      'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
      'proxy_set_header X-Forwarded-Proto $scheme;',
    ]),
  ]);
  const http = block('http', [
    ...httpLines(files),
    ...block('map $http_upgrade $door_connection', ['default upgrade;', '"" close;']),
    ...block('upstream split', [`server ${quoted(`unix:${splitSocket(files.folder)}`)};`]),
    ...server,
  ]);
  return [...mainLines(files, owner), ...http, ''].join('\n');
}
