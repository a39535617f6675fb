#!/usr/bin/env node
import { endpoints } from './profiles.js';
import { EndpointResults } from './src/endpoint-results.js';
import { readOptions } from './src/options.js';
import { whyUnreachable } from './src/probe.js';
import { showProgress } from './src/progress.js';
import { resultTable } from './src/result-table.js';
import { startStage } from './src/stage-run.js';

const command = readOptions(process.argv.slice(2), process.env);
if (command.kind === 'run') {
  process.exitCode = await run(command.options);
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
async function run({ url, connections, stages, requests, json }) {
  const unreachable = await whyUnreachable(url);
  if (unreachable !== undefined) {
    process.stderr.write(
      `${url}: expected the store, got ${unreachable}; start it with npm start, or set --url or BASE_URL\n`,
    );
    return 1;
  }

  const results = new EndpointResults(endpoints);
  /** @type {Map<string, number>} */
  const connectionErrors = new Map();
  let seconds = 0;
  let current = 0;
  const interrupted = new AbortController();
  const hideProgress = showProgress(process.stderr, results, () => `stage ${current} of ${stages.length}`);
  for (const stage of stages) {
    current += 1;
    const running = startStage({ url, connections, stage, requests }, results);
    // Ctrl-C ends the run early, with the table of what was measured; a second one ends the program.
    const stop = () => {
      interrupted.abort();
      running.stop();
    };
    process.once('SIGINT', stop);
    const ended = await running.done;
    process.off('SIGINT', stop);
    seconds += ended.seconds;
    ended.connectionErrors.forEach((times, reason) =>
      connectionErrors.set(reason, (connectionErrors.get(reason) ?? 0) + times),
    );
    if (interrupted.signal.aborted || connectionErrors.size > 0) break;
  }
  hideProgress();

  const { endpoints: rows, all } = results.rows(seconds);
  const complaints = results.complaints();
  if (json) {
    const result = {
      url,
      seconds,
      connections,
      ...(requests === undefined ? { stages } : {}),
      endpoints: rows,
      all,
      complaints,
      connectionErrors: Object.fromEntries(connectionErrors),
    };
    process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  } else {
    process.stdout.write(`${resultTable([...rows, all])}\n`);
  }
  complaints.forEach((line) => process.stderr.write(`${line}\n`));
  connectionErrors.forEach((times, reason) =>
    process.stderr.write(`${url}: connection failed: ${reason} (${times} times)\n`),
  );
  if (all.requests === 0) process.stderr.write(`${url}: expected answers, got none at all\n`);
  return all.errors === 0 && all.requests > 0 && connectionErrors.size === 0 ? 0 : 1;
}
