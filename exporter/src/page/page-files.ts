import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { RequestHandler } from '@redmeter/http-server';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Only files of this origin, nothing inline, no framing, and no text as markup. */
const SECURITY: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Sets the security headers of an answer of the page. */
export function setSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(SECURITY)) response.setHeader(name, value);
}

// The same path from src and dist. tsc copies only what it compiles, so there are two folders.
const FOLDERS = [new URL('../../page/static/', import.meta.url), new URL('../../dist/browser/', import.meta.url)];

/** The files of the page by path, held in memory: `/` and what it loads from `/page/`. */
export function pageFiles(): Map<string, RequestHandler> {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(folder).map((name) => ({
      name,
      url: new URL(name, folder),
      type: TYPES[name.split('.').at(-1) ?? ''],
    })),
  );
  return new Map(
    files.flatMap(({ name, url, type }) =>
      type === undefined ? [] : [[name === 'index.html' ? '/' : `/page/${name}`, fileHandler(readFileSync(url), type)]],
    ),
  );
}

function fileHandler(body: Buffer, type: string): RequestHandler {
  const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return (request, response) => {
    setSecurityHeaders(response);
    response.setHeader('ETag', tag);
    // Never cached, so that a new version of the exporter never meets an old script.
    response.setHeader('Cache-Control', 'no-cache');
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304).end();
      return;
    }
    response.setHeader('Content-Type', type);
    response.setHeader('Content-Length', body.length);
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}
