import type { z } from 'zod';

/** A request whose token, path and method are right and whose parameters have their form. */
type RouteRequest = {
  /** By name, as in the path, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** By name; those that the route does not declare are left out. */
  readonly query: Readonly<Record<string, string>>;
  /** The JSON of the body; undefined where the route takes none. */
  readonly body: unknown;
  readonly ifNoneMatch: string | undefined;
};

/** What a request is answered with: JSON, text, or nothing. */
export type RouteAnswer = {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: { readonly body: string; readonly contentType: string };
  readonly headers?: Readonly<Record<string, string>>;
};

/** An answer as the OpenAPI document describes it. */
export type RouteResponse = {
  readonly description: string;
  /** Of the JSON; without one the answer has no body, or is text where `contentType` is given. */
  readonly schema?: z.ZodType;
  readonly contentType?: string;
  /** Names and descriptions of headers. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** One path and method: its handler, and its entry in the OpenAPI document. */
export type Route = {
  readonly method: 'GET' | 'POST';
  /** Such as `/v1/applications/{application}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly tag: string;
  /** Whether it needs no token. */
  readonly isOpen?: boolean;
  /** Descriptions of parameters of the path, by name. */
  readonly params?: Readonly<Record<string, ParameterDoc>>;
  /** Descriptions of parameters of the query, by name; all are required. */
  readonly query?: Readonly<Record<string, ParameterDoc>>;
  readonly takesIfNoneMatch?: boolean;
  /** The form of the body, for the document; `answer` checks it. */
  readonly body?: z.ZodType;
  readonly responses: Readonly<Record<number, RouteResponse>>;
  readonly answer: (request: RouteRequest) => Promise<RouteAnswer> | RouteAnswer;
  /** How an error becomes an answer; default: as JSON with a code and a message. */
  readonly refuse?: (error: unknown, request: Pick<RouteRequest, 'params'>) => RouteAnswer;
};

/** A parameter as the OpenAPI document describes it. */
export type ParameterDoc = { readonly description: string; readonly example: string };
