/** Options of the push, in the terms of Prometheus's `remote_write`. */
export interface PushOptions {
  /** The remote-write endpoint; undefined where nothing is pushed; then the other options are not looked at. */
  readonly url: string | undefined;
  /** Milliseconds from the begin of one push to that of the next. */
  readonly intervalMs: number;
  /** Milliseconds that the endpoint has to answer a request. */
  readonly timeoutMs: number;
  /** Labels of every series besides `job` and `instance`, or instead of them, as `name=value`. */
  readonly labels: readonly string[];
  /** Headers of every request, as `Name=value`. */
  readonly headers: readonly string[];
  /** Basic authentication. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** A file with the password, of which one final line feed is not part; wins over `password`. Read again for each request. */
  readonly passwordFile: string | undefined;
  /** A file with a bearer token, likewise. */
  readonly bearerTokenFile: string | undefined;
  /** PEM files: trusted certificate authorities, by default those of the system, and the client certificate and its key. */
  readonly tlsCaFile: string | undefined;
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  /** The name that the certificate must have if it is not the host. */
  readonly tlsServerName: string | undefined;
  /** Most samples in a request. */
  readonly maxSamples: number;
}
