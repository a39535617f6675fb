import { freePorts, startProgram, waitFor, type ProgramProcess } from '@redmeter/test-servers';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const FOLDER = join(__dirname, '../..');

/** An exporter with a receiver, as a process that can be killed. */
export interface ExporterProcess {
  /** The port of the receiver, the same after a restart. */
  readonly otlpPort: number;
  /** Kills it at once, as a crash does. */
  kill(): Promise<void>;
  /** Starts it, and waits until it serves. */
  restart(): Promise<void>;
}

/** Builds what `startExporterProcess` runs. */
export function buildExporter(): void {
  execFileSync(process.execPath, [join(FOLDER, '../node_modules/typescript/bin/tsc'), '-b', FOLDER]);
}

/** Starts an exporter of a Redis on free ports. */
export async function startExporterProcess(redis: string, folder: string): Promise<ExporterProcess> {
  const ports = await freePorts('metrics', 'otlp');
  const args = ['--redis', redis, '--listen', `127.0.0.1:${ports.metrics}`, '--otlp.listen', `127.0.0.1:${ports.otlp}`];
  let program: ProgramProcess | undefined;
  const restart = async (): Promise<void> => {
    const started = await startProgram(process.execPath, [join(FOLDER, 'bin/redmeter-exporter.mjs'), ...args], {
      folder,
      fix: 'run npm run build',
    });
    program = started;
    await waitFor(async () => {
      if (started.failure !== undefined) throw new Error(started.failure);
      return isServing(ports.otlp);
    }, 'the receiver');
  };
  await restart();
  return { otlpPort: ports.otlp, restart, kill: async () => program?.kill() };
}

async function isServing(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
  } catch {
    // Nobody listens yet.
    return false;
  }
}
