#!/usr/bin/env node
import { endpoints } from './profiles.js';
import { EndpointResults } from './src/endpoint-results.js';
import { startRun } from './src/load-run.js';
import { readOptions } from './src/options.js';
import { whyUnreachable } from './src/probe.js';
import { showProgress } from './src/progress.js';
import { report } from './src/report.js';

const command = readOptions(process.argv.slice(2), process.env);
if (command.kind === 'run') {
  process.exitCode = await load(command.options);
} else if (command.kind === 'help') {
  process.stdout.write(command.text);
} else {
  process.stderr.write(`${command.message} (--help shows all flags)\n`);
  process.exitCode = 2;
}

/**
 * @param {import('./src/options.js').LoadOptions} options
 * @returns {Promise<0 | 1>} the exit code
 */
async function load(options) {
  const { url } = options;
  const unreachable = await whyUnreachable(url);
  if (unreachable !== undefined) {
    const fix = 'start it with npm start, or set --url or BASE_URL';
    process.stderr.write(`${url}: expected the store, got ${unreachable}; ${fix}\n`);
    return 1;
  }
  const results = new EndpointResults(endpoints);
  const run = startRun(options, results);
  const hideProgress = showProgress(process.stderr, results, run.where);
  // Ctrl-C ends the run early, with the table of what was measured; a second one ends the program.
  process.once('SIGINT', run.stop);
  const end = await run.done;
  hideProgress();
  const { stdout, stderr, exitCode } = report(options, results, end);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return exitCode;
}
