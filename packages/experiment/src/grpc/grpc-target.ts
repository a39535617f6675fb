import { Client, compressionAlgorithms, credentials, type ChannelCredentials } from '@grpc/grpc-js';
import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { ExperimentError, messageOf } from '../experiment-error.js';

/** TLS of a connection to a gRPC server; certificates and key in PEM. */
export type GrpcTls = {
  /** Certificates to trust; undefined: those that Node trusts. */
  readonly rootCertificates?: Buffer;
  /** The certificate that this client shows, and its key. */
  readonly client?: { readonly certificate: Buffer; readonly key: Buffer };
  /** The name to expect in the server's certificate instead of the host's. */
  readonly serverName?: string;
  readonly acceptsAnyCertificate: boolean;
};

/** Where calls go. */
export type GrpcTarget = {
  /** `host:port`, or any name that gRPC resolves. */
  readonly host: string;
  /** null: plain text. */
  readonly tls: GrpcTls | null;
  /** The `:authority` of the calls; undefined: the host. */
  readonly authority?: string;
  /** How often to ping; undefined: never. */
  readonly keepaliveMs?: number;
  /** Compress messages with gzip. */
  readonly isCompressed?: boolean;
  /** How to choose among the addresses of the host. */
  readonly loadBalancing?: 'pick_first' | 'round_robin';
  /** The longest messages; undefined: as long as they come. */
  readonly maxReceivedBytes?: number;
  readonly maxSentBytes?: number;
};

/**
 * Opens a client with a connection of its own; nothing is sent before its first call.
 *
 * @throws ExperimentError `task_failed` when the certificates or the key cannot be used.
 */
export function openGrpcClient(target: GrpcTarget): Client {
  const {
    host,
    tls,
    authority,
    keepaliveMs,
    isCompressed = false,
    loadBalancing,
    maxReceivedBytes,
    maxSentBytes,
  } = target;
  return new Client(host, channelCredentials(tls), {
    // Each client a connection: else all clients of a host would share one.
    'grpc.use_local_subchannel_pool': 1,
    // A call that is sent again behind our back would be counted once and measured too long.
    'grpc.enable_retries': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.max_receive_message_length': maxReceivedBytes ?? -1,
    'grpc.max_send_message_length': maxSentBytes ?? -1,
    ...(keepaliveMs === undefined ? {} : { 'grpc.keepalive_time_ms': keepaliveMs }),
    ...(isCompressed ? { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip } : {}),
    ...(loadBalancing === undefined
      ? {}
      : { 'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ [loadBalancing]: {} }] }) }),
    ...(tls?.serverName === undefined ? {} : { 'grpc.ssl_target_name_override': tls.serverName }),
    ...(authority === undefined ? {} : { 'grpc.default_authority': authority }),
  });
}

function channelCredentials(tls: GrpcTls | null): ChannelCredentials {
  if (tls === null) return credentials.createInsecure();
  try {
    // grpc-js looks at them only when it connects.
    for (const pem of [tls.rootCertificates, tls.client?.certificate]) if (pem !== undefined) new X509Certificate(pem);
    if (tls.client !== undefined) createSecureContext({ cert: tls.client.certificate, key: tls.client.key });
    return credentials.createSsl(
      tls.rootCertificates ?? null,
      tls.client?.key ?? null,
      tls.client?.certificate ?? null,
      {
        rejectUnauthorized: !tls.acceptsAnyCertificate,
      },
    );
  } catch (cause) {
    const message = `cacert, cert, key: expected certificates and a key in PEM, got ${messageOf(cause)}`;
    throw new ExperimentError('task_failed', message, { cause });
  }
}
