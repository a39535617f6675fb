import type { HTTP_METHODS } from '../../spec/http-load-input.js';
import type { LoadPace } from '../load-engine.js';

/** The methods of requests that a load sends. */
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** HTTP requests of one kind, how many, how fast. */
export type HttpLoadPlan = LoadPace & {
  readonly url: string;
  readonly method: HttpMethod;
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
