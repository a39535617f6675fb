import type { LoadEngine, LoadPace } from './load-engine.js';

/** HTTP requests of one kind, how many, how fast. */
export type HttpLoadPlan = LoadPace & {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly connections: number;
  readonly timeoutMs: number;
  /** Follow redirects; false by default. Not every engine can. */
  readonly followsRedirects?: boolean;
  /** Accept any TLS certificate. */
  readonly acceptsAnyCertificate: boolean;
};

/** The engines that send HTTP requests; `redirecting` takes the place of autocannon, which cannot follow redirects. */
export type HttpLoadEngines = Readonly<Record<'autocannon' | 'redirecting' | 'k6', HttpLoadEngine>>;

/** Sends HTTP requests. */
export type HttpLoadEngine = LoadEngine<HttpLoadPlan>;
