import type { PlannedVersion, TrafficPlan } from '../../plan/traffic-plan.js';
import type { Segment } from '../../spec/release-spec.js';
import { WHOLE } from '../../spec/share.js';
import { httpLines, mainLines, type NginxOwner } from './common-conf.js';
import { revisionSocket, splitSocket, tlsSocket, type NginxFiles } from './nginx-files.js';
import { block, literally, quoted } from './nginx-text.js';
import { isTls, tlsServer } from './tls-conf.js';

const COPY_TIMEOUTS = ['proxy_connect_timeout 1s;', 'proxy_send_timeout 10s;', 'proxy_read_timeout 10s;'];
const MAX_COPIES = 512;

/**
 * The nginx that sends each request to a version. In it a version is its index: no name or value of a plan is used where nginx would
 * take a part of it for a variable or a directive. A request is looked at in this order, each map asking the next one only where it
 * does not know: `$segment_0`, `$segment_1`, …, `$user_version` (the cookie), `$split_version` (by weight).
 *
 * @param revision Names this configuration; the socket `revision.sock` tells it.
 */
export function splitConfiguration(files: NginxFiles, plan: TrafficPlan, revision: string, owner: NginxOwner): string {
  const http = block('http', [
    ...httpLines(files),
    ...block('map $http_upgrade $split_connection', ['default upgrade;', '"" "";']),
    ...plan.versions.flatMap((version, index) => upstream(files, version, index)),
    ...plan.versions.flatMap((version, index) => tlsServer(files, version, index)),
    ...segmentMaps(plan),
    ...affinityMaps(plan),
    ...weightSplit(plan),
    ...mirrorSplit(plan),
    ...userServer(files, plan),
    ...revisionServer(files, revision),
  ]);
  return [...mainLines(files, owner), ...http, ''].join('\n');
}

function upstream(files: NginxFiles, version: PlannedVersion, index: number): string[] {
  if (!('url' in version)) throw new Error(`expected the version ${version.name} to have a URL`);
  // Without connections that are kept, since nginx cuts off idle ones when it is reloaded.
  if (isTls(version)) {
    return block(`upstream version_${index}`, [`server ${quoted(`unix:${tlsSocket(files.folder, index)}`)};`]);
  }
  const { hostname, port } = new URL(version.url);
  // Shorter than the 5 s after which a Node server closes an idle connection.
  return block(`upstream version_${index}`, [
    `server ${hostname}:${port === '' ? 80 : port};`,
    'keepalive 64;',
    'keepalive_timeout 4s;',
  ]);
}

function segmentMaps({ segments, versions }: TrafficPlan): string[] {
  const cookies = [...new Set(segments.filter(({ source }) => source === 'cookie').map(({ name }) => name))];
  return [
    ...cookies.flatMap((name, index) => cookieMap(name, `cookie_${index}`)),
    ...segments.flatMap((segment, index) => {
      const { source, name, version } = segment;
      const value = source === 'header' ? headerVariable(name) : `$split_cookie_${cookies.indexOf(name)}`;
      return block(`map ${value} $segment_${index}`, [
        `default $segment_${index + 1};`,
        `${quoted(`~${expressionOf(segment)}`)} ${indexOf(versions, version)};`,
      ]);
    }),
    ...block(`map "" $segment_${segments.length}`, ['default "";']),
    ...block('map $segment_0 $version', ['default $segment_0;', '"" $user_version;']),
  ];
}

function expressionOf({ test }: Segment): string {
  return 'equals' in test ? `\\A${literally(test.equals)}\\z` : test.matches;
}

function headerVariable(name: string): string {
  return `$http_${name.toLowerCase().replaceAll('-', '_')}`;
}

// $cookie_NAME takes no name with a hyphen.
function cookieMap(name: string, variable: string): string[] {
  const expression = `(?:\\A|;)[ \\t]*${literally(name)}=(?<found_${variable}>[^;]*)`;
  return block(`map $http_cookie $split_${variable}`, [
    'default "";',
    `${quoted(`~${expression}`)} $found_${variable};`,
  ]);
}

function affinityMaps({ affinity, versions }: TrafficPlan): string[] {
  if (affinity === undefined) return block('map "" $user_version', ['default $split_version;']);
  const shared = versions.flatMap(({ name, share }, index) => (share > 0 ? [{ name, index }] : []));
  const age = affinity.maxAgeSeconds === undefined ? '' : `; Max-Age=${affinity.maxAgeSeconds}`;
  return [
    ...cookieMap(affinity.cookie, 'cookie_affinity'),
    ...block('map $split_cookie_affinity $kept_version', [
      'default "";',
      ...shared.map(({ name, index }) => `${quoted(`~\\A${literally(name)}\\z`)} ${index};`),
    ]),
    ...block('map $kept_version $user_version', ['default $kept_version;', '"" $split_version;']),
    // A user who is assigned by a segment or by the cookie needs no new cookie.
    ...block('map $kept_version $cookie_of_split', ['default "";', '"" $cookie_of_version;']),
    ...block('map $version $cookie_of_version', [
      'default "";',
      ...versions.map(
        ({ name }, index) => `${index} "${affinity.cookie}=${name}; Path=/${age}; HttpOnly; SameSite=Lax";`,
      ),
    ]),
    ...block('map $segment_0 $set_cookie', ['default "";', '"" $cookie_of_split;']),
  ];
}

function weightSplit({ versions }: TrafficPlan): string[] {
  const shared = versions.flatMap(({ share }, index) => (share > 0 ? [{ share, index }] : []));
  const last = shared.at(-1);
  const parts = shared.slice(0, -1).map(({ share, index }) => `${share / 100}% ${index};`);
  // A new user is split by a random number, so that nothing about a user decides.
  return block('split_clients "$request_id" $split_version', [...parts, `* ${last?.index ?? 0};`]);
}

function mirrorSplit({ mirror, versions }: TrafficPlan): string[] {
  if (mirror === undefined || mirror.share === 0) return [];
  const chosen = mirror.share === WHOLE ? ['* 1;'] : [`${mirror.share / 100}% 1;`, '* 0;'];
  return [
    ...block('split_clients "copy $request_id" $is_chosen', chosen),
    // What the version serves itself it does not get again.
    ...block('map "$is_chosen $version" $is_copied', [
      'default 1;',
      '~\\A0 0;',
      `"1 ${indexOf(versions, mirror.to)}" 0;`,
    ]),
    'limit_conn_zone $server_port zone=copies:32k;',
    'limit_conn_log_level info;',
  ];
}

function userServer(files: NginxFiles, { affinity, mirror, versions }: TrafficPlan): string[] {
  const isMirrored = mirror !== undefined && mirror.share > 0;
  const headers = [
    'proxy_set_header Host $http_host;',
    'proxy_set_header Upgrade $http_upgrade;',
    'proxy_set_header Connection $split_connection;',
  ];
  const copy = block('location = /redmeter-copy', [
    'internal;',
    'if ($is_copied = 0) {',
    '  return 204;',
    '}',
    // A copy goes on when the user's own request has ended; too many of them, as of a version that hangs, are dropped.
    'proxy_ignore_client_abort on;',
    `limit_conn copies ${MAX_COPIES};`,
    'proxy_set_header Host $http_host;',
    'proxy_set_header Connection "";',
    'proxy_set_header X-Redmeter-Copy 1;',
    ...COPY_TIMEOUTS,
    `proxy_pass http://version_${mirror === undefined ? 0 : indexOf(versions, mirror.to)}$request_uri;`,
  ]);
  return block('server', [
    `listen ${quoted(`unix:${splitSocket(files.folder)}`)} backlog=4096;`,
    // One request a connection: see the other nginx.
    'keepalive_timeout 0;',
    ...block('location /', [
      ...(affinity === undefined ? [] : ['add_header Set-Cookie $set_cookie always;']),
      ...(isMirrored ? ['mirror /redmeter-copy;', 'mirror_request_body on;'] : ['proxy_request_buffering off;']),
      'proxy_buffering off;',
      ...headers,
      'proxy_pass http://version_$version$request_uri;',
    ]),
    ...(isMirrored ? copy : []),
  ]);
}

function revisionServer(files: NginxFiles, revision: string): string[] {
  return block('server', [
    `listen ${quoted(`unix:${revisionSocket(files.folder)}`)};`,
    'keepalive_timeout 0;',
    ...block('location /', [`return 200 ${quoted(revision)};`]),
  ]);
}

function indexOf(versions: TrafficPlan['versions'], name: string): number {
  const index = versions.findIndex((version) => version.name === name);
  if (index < 0) throw new Error(`expected the plan to have the version ${name}`);
  return index;
}
