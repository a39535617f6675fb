import type { LoadPace } from '../load-engine.js';

/** HTTP requests of one kind, how many, how fast. */
export type HttpLoadPlan = LoadPace & {
  readonly url: string;
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly connections: number;
  /** How long a request may take, its redirects together. */
  readonly timeoutMs: number;
  /** Follow redirects; false by default. */
  readonly followsRedirects?: boolean;
  /** Accept any TLS certificate. */
  readonly acceptsAnyCertificate: boolean;
};
