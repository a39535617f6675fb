import { afterEach, beforeEach } from '@jest/globals';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { LoadSummary } from '../../src/result/load-summary.js';
import { parseResult } from '../../src/spec/result-text.js';
import { makeCommandFolder, type CommandFolder } from '../cli/command-run.js';
import {
  greeterProto,
  startGrpcServer,
  type GrpcTestServer,
  type GrpcTestServerOptions,
} from '../servers/grpc-test-server.js';
import { startHttpServer } from '../servers/http-test-server.js';

/** The folder of the test under way; `greeter.proto` lies in it. */
export let folder: CommandFolder;
/** What the test has started, closed after it. */
export const closings: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = makeCommandFolder({
    HIDDEN_HOST: '127.0.0.1:1',
    HIDDEN: 'hidden-value',
    HIDDEN_LIST: `[${'hidden '.repeat(20)}]`,
  });
  await copyFile(greeterProto, join(folder.path, 'greeter.proto'));
});
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

/** A server of the service Greeter. */
export async function serve(options?: GrpcTestServerOptions): Promise<GrpcTestServer> {
  const server = await startGrpcServer(options);
  closings.push(() => server.close());
  return server;
}

/** The URL of a file. */
export async function serveFile(content: string | Buffer): Promise<string> {
  const server = await startHttpServer((_request, response) => response.end(content));
  closings.push(() => server.close());
  return server.url;
}

/** Runs one task of this kind; gives how the run ended and, by version, what each group measured. */
export async function run(
  inputs: Record<string, unknown>,
  after: unknown[] = [],
): Promise<{ code: number; err: string; loads: readonly Readonly<Record<string, LoadSummary>>[] }> {
  await folder.write('experiment.yaml', stringify([{ task: 'grpc', with: inputs }, ...after]));
  const { code, err } = await folder.run('run');
  const result = parseResult(await readFile(join(folder.path, 'result.yaml'), 'utf8'), 'result.yaml');
  return { code, err, loads: result.insights?.loads ?? [] };
}

/** The method that most tests call. */
export const call = 'helloworld.Greeter/SayHello';
