import { CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { ExporterError } from '../exporter-error.js';
import { startExporter } from '../exporter.js';
import { logLibraryWarnings } from './library-warnings.js';
import { readOptions, type CliOptions } from './options.js';

const STOP_GRACE_MS = 5_000;

async function main(): Promise<number | undefined> {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  let options: CliOptions;
  try {
    options = readOptions(process.argv.slice(2), process.env, manifest.version, {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
    });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
  const log = pino({ level: options.logLevel, base: null }, pino.destination({ dest: 2, sync: true }));
  const logger = {
    info: (message: string) => log.info(message),
    warn: (message: string) => log.warn(message),
    error: (message: string) => log.error(message),
  };
  logLibraryWarnings(logger);
  // Before it serves there is nothing to stop, and process 1 of a container ignores a signal that it does
  // not handle. The output or the check is missing, so the exit code is not 0.
  let stop = (): void => process.exit(options.isOnce || options.isConfigCheck ? 1 : 0);
  process.once('SIGTERM', () => stop());
  process.once('SIGINT', () => stop());
  try {
    const exporter = await startExporter(options, logger);
    if (exporter.kind === 'checked') {
      process.stdout.write('the configuration is valid\n');
      return 0;
    }
    if (exporter.kind === 'printed') {
      await new Promise<void>((resolve) => process.stdout.write(exporter.text, () => resolve()));
      return exporter.isUp ? 0 : 1;
    }
    stop = () => {
      exporter.stop(STOP_GRACE_MS).catch((error: unknown) => logger.error(`stopping failed: ${String(error)}`));
    };
    return undefined;
  } catch (error) {
    if (!(error instanceof ExporterError)) throw error;
    process.stderr.write(`redmeter-exporter: ${error.message}\n`);
    return 1;
  }
}

// The reader of our output may stop early: `redmeter-exporter --help | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const exitCode = await main();
// Without a code the exporter runs on; it ends when it has closed its server and its connection.
if (exitCode !== undefined) process.exitCode = exitCode;
