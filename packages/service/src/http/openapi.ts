import { z } from 'zod';
import { problemSchema } from './failure-answer.js';
import type { ParameterDoc, Route, RouteResponse } from './route.js';

/** The part of the document about the whole service. */
export type OpenApiOptions = {
  readonly version: string;
  /** Whether requests need a token. */
  readonly needsToken: boolean;
};

type Json = Record<string, unknown>;

const TAGS: Json[] = [
  { name: 'abn', description: 'Versions of users, and metrics of versions.' },
  {
    name: 'ofrep',
    description: 'OpenFeature Remote Evaluation Protocol: an application is a flag, its versions are the variants.',
  },
  { name: 'verdicts', description: 'Whether a version is good enough, for what moves traffic.' },
  { name: 'dashboards', description: "The JSON that Iter8's Grafana dashboards ask for." },
  { name: 'operations', description: 'Health, metrics and this document.' },
];

/** The OpenAPI 3.1 document of the routes. */
export function openApiDocument(routes: readonly Route[], { version, needsToken }: OpenApiOptions): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route, needsToken) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'redmeter A/B/n service',
      version,
      description: 'Sends users to versions of applications, and stores metrics of the versions.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: TAGS,
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema) },
      ...(needsToken ? { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } } : {}),
    },
  };
}

function operationOf(route: Route, needsToken: boolean): Json {
  const isGuarded = needsToken && route.isOpen !== true;
  const parameters = [
    ...parametersOf('path', route.params ?? {}),
    ...parametersOf('query', route.query ?? {}),
    ...(route.takesIfNoneMatch === true
      ? [
          {
            name: 'If-None-Match',
            in: 'header',
            required: false,
            schema: { type: 'string' },
            description: 'ETag of an earlier response.',
          },
        ]
      : []),
  ];
  return {
    operationId: route.operationId,
    summary: route.summary,
    tags: [route.tag],
    ...(isGuarded ? { security: [{ token: [] }] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body) } } } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.responses).map(([status, response]) => [status, responseOf(response)]),
      ),
      ...(isGuarded ? { 401: problemResponse('Missing or unknown token.') } : {}),
      default: problemResponse('The request was refused, or the service failed.'),
    },
  };
}

function parametersOf(place: 'path' | 'query', docs: Readonly<Record<string, ParameterDoc>>): Json[] {
  return Object.entries(docs).map(([name, { description, example }]) => ({
    name,
    in: place,
    required: true,
    description,
    schema: { type: 'string', minLength: 1 },
    example,
  }));
}

function responseOf({ description, schema, contentType, headers }: RouteResponse): Json {
  const content =
    schema !== undefined
      ? { 'application/json': { schema: schemaOf(schema) } }
      : contentType === undefined
        ? undefined
        : { [contentType]: { schema: { type: 'string' } } };
  return {
    description,
    ...(content === undefined ? {} : { content }),
    ...(headers === undefined
      ? {}
      : {
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, text]) => [name, { description: text, schema: { type: 'string' } }]),
          ),
        }),
  };
}

function problemResponse(description: string): Json {
  return { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } } };
}

function schemaOf(schema: z.ZodType): Json {
  // Schemas are inlined, without references: what several share is short.
  const json: Json = { ...z.toJSONSchema(schema, { target: 'draft-2020-12', reused: 'inline', io: 'input' }) };
  delete json['$schema'];
  return json;
}
