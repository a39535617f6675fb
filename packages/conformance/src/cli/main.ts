import { fileURLToPath } from 'node:url';
import { endAllWriters } from '../protocol/writer-process.js';
import { runCommand } from './run-command.js';

const scriptPath = fileURLToPath(new URL('../../../redis-metrics/lua/merge.lua', import.meta.url));

process.on('exit', endAllWriters);
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

process.exitCode = await runCommand(process.argv.slice(2), scriptPath, {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
