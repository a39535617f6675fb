import { afterEach, beforeEach, expect } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Insights } from '../../src/result/experiment-result.js';
import { parseResult } from '../../src/spec/result-text.js';
import { makeCommandFolder, type CommandFolder } from '../cli/command-run.js';
import { startHttpServer, type HttpTestServer } from '../servers/http-test-server.js';

/** A request as the back end got it. */
export type Asked = { method: string | undefined; url: URL; headers: IncomingMessage['headers']; body: string };

export let folder: CommandFolder;
/** The back end. */
export let server: HttpTestServer;
/** What the back end was asked in this test. */
export let asked: Asked[];
/** What the back end answers: each test sets it. */
export const backend: { answer: (request: Asked) => { status?: number; body: string } | undefined } = {
  answer: () => undefined,
};

beforeEach(async () => {
  asked = [];
  folder = makeCommandFolder({
    BACKEND_TOKEN: 's3cr3t-t0ken',
    URL_PASSWORD: 'p@s3cr3t$&w;rd!',
    ODD_TOKEN: 's3cr3t: "odd" # \\ &s3cr3t',
    LONG_TOKEN: `*s3cr3t${'K'.repeat(90)}`,
  });
  server = await startHttpServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const seen = {
        method: request.method,
        url: new URL(request.url ?? '', 'http://backend'),
        headers: request.headers,
        body,
      };
      asked.push(seen);
      const given = backend.answer(seen);
      // No answer at all: the client's time-out must end it.
      if (given === undefined) return;
      response.statusCode = given.status ?? 200;
      response.end(given.body);
    });
  });
});

afterEach(async () => {
  await server.close();
});

/** Any part of a secret of the environment. */
export const SECRET = /s3cr3t|KKK|s3cr3t%|w(;|%3B)rd/;

/** Runs one collect-metrics task with these inputs and gives what it found. */
export async function collect(inputs: string, furtherTasks = ''): Promise<Insights> {
  await folder.write(
    'experiment.yaml',
    `- task: collect-metrics\n  with:\n${inputs.replace(/^/gm, '    ')}\n${furtherTasks}`,
  );
  const { code, err } = await folder.run('run');
  expect([code, err]).toEqual([0, expect.any(String)]);
  const stored = await readFile(join(folder.path, 'result.yaml'), 'utf8');
  expect(stored + err).not.toMatch(SECRET);
  const { insights } = parseResult(stored, 'result.yaml');
  if (insights === undefined) throw new Error('expected insights');
  return insights;
}
