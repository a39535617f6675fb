import type { LoadEngine, LoadPace } from './load-engine.js';

/** HTTP requests of one kind, how many, how fast. */
export type HttpLoadPlan = LoadPace & {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly connections: number;
  readonly timeoutMs: number;
  /** Accept any TLS certificate. */
  readonly acceptsAnyCertificate: boolean;
};

/** Sends HTTP requests. */
export type HttpLoadEngine = LoadEngine<HttpLoadPlan>;
