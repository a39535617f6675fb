import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Round } from './recording.js';

/** A program that records with one of OpenTelemetry's SDKs; README.md describes them. */
export interface SdkProgram {
  /** The language, and what it sends where it can send several. */
  readonly name: string;
  command(): readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

function installed(program: string): string {
  const folder = process.env['REDMETER_TEST_OPENTELEMETRY'];
  if (folder === undefined) throw new Error('expected the lane opentelemetry: npm test -- opentelemetry');
  return join(folder, program);
}

const node = (protocol: string): SdkProgram => ({
  name: `Node, ${protocol}`,
  command: () => [process.execPath, join(__dirname, 'node/record.mjs')],
  env: { OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: protocol },
});

export const NODE = node('http/protobuf');
export const NODE_JSON = node('http/json');
export const PYTHON: SdkProgram = {
  name: 'Python',
  command: () => [installed('python/bin/python'), join(__dirname, 'python/record.py')],
};
export const GO: SdkProgram = { name: 'Go', command: () => [installed('record-go')] };
export const SDK_PROGRAMS = [NODE, NODE_JSON, PYTHON, GO] as const;

/** How a program is run. */
export interface RunOptions {
  /** The address of `/v1/metrics`. */
  readonly endpoint: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called for each round that is exported, with what became of it; the program does not wait for it. */
  readonly onOutcome?: (outcome: string, round: number) => void;
}

/** What a program said. */
export interface SdkRun {
  /** What became of each round: `accepted`, `failed: …` or `nothing sent`. */
  readonly outcomes: readonly string[];
  /** What the SDK logged. */
  readonly log: string;
}

/** Records rounds with an SDK. @throws Error when its program fails */
export async function recordWith(
  sdk: SdkProgram,
  rounds: readonly Round[],
  { endpoint, env, onOutcome }: RunOptions,
): Promise<SdkRun> {
  const [file = '', ...args] = sdk.command();
  const child = spawn(file, args, {
    env: {
      ...process.env,
      PYTHONDONTWRITEBYTECODE: '1',
      OTEL_SERVICE_NAME: 'shop',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
      ...sdk.env,
      ...env,
    },
  });
  child.stdin.end(JSON.stringify(rounds));
  const outcomes: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    outcomes.push(line);
    onOutcome?.(line, outcomes.length - 1);
  });
  const [log] = await Promise.all([text(child.stderr), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`${sdk.name}: the program ended with ${String(child.exitCode)}: ${log}`);
  return { outcomes, log };
}
