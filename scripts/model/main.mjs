// Explores the model of the write protocol, whole, and the protocol without each of its guards.
import { readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkout, fail } from '../bootstrap.mjs';
import { check, checkerVersion, isAsExpected } from './checker.mjs';
import { table, versionOf, withResults } from './page.mjs';
import { RUNS } from './runs.mjs';

const usage = `Usage: npm run model [-- OPTION…]

Explores the model of the write protocol, model/protocol.pml: all states that faults lead to. The protocol must pass; without one
of its guards, and beyond its limits, it must fail. Ends with 1 if not, or if docs/model.md shows other results.

  --only TEXT    only the runs whose name contains TEXT; docs/model.md is not compared
  --model FILE   another model
  --write        writes the results into docs/model.md
  --help         this text`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    model: { type: 'string', default: fileURLToPath(new URL('model/protocol.pml', checkout)) },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(`${usage}\n`);
else await main();

async function main() {
  const { only, model, write } = values;
  const runs = RUNS.filter(({ name }) => name.includes(only));
  if (runs.length === 0)
    fail(`--only: expected a part of one of ${RUNS.map(({ name }) => name).join(', ')}; got ${only}`);
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'redmeter-model');
  const results = await inTwos(runs, (run) => check(run, model, cache));
  const checked = runs.flatMap((run, i) => {
    const result = results[i];
    return result === undefined ? [] : [{ run, result }];
  });
  const rows = checked.map(({ run, result }) => [
    `${{ protocol: '', guard: 'without: ', limit: 'beyond: ' }[run.kind]}${run.name}`,
    ...[String(run.faults), String(run.late), result.states.toLocaleString('en-US'), `${result.seconds.toFixed(1)} s`],
    `${result.outcome}, ${isAsExpected(run, result) ? 'as it must' : 'UNEXPECTED'}`,
  ]);
  process.stdout.write(`${table(['run', 'faults', 'late', 'states', 'time', 'result'], rows).join('\n')}\n`);
  if (!checked.every(({ run, result }) => isAsExpected(run, result))) {
    for (const { run, result } of checked) {
      if (run.kind === 'protocol') for (const line of result.events) process.stdout.write(`${run.name}: ${line}\n`);
    }
    process.exitCode = 1;
    return;
  }
  if (only !== '') return;
  const file = fileURLToPath(new URL('docs/model.md', checkout));
  const page = await readFile(file, 'utf8');
  const version = await checkerVersion();
  const written = withResults(page, checked, version);
  if (write) await writeFile(file, written);
  // Another version may search in another order, and find other traces.
  else if (written !== page && versionOf(page) === version) {
    fail('docs/model.md shows other results; write these with: npm run model -- --write');
  }
}

/**
 * Runs two at a time, in order.
 * @template T, R
 * @param {readonly T[]} all @param {(each: T) => Promise<R>} run
 * @returns {Promise<readonly R[]>}
 */
async function inTwos(all, run) {
  /** @type {R[]} */
  const results = [];
  const waiting = [...all.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results[next[0]] = await run(next[1]);
  };
  await Promise.all([work(), work()]);
  return results;
}
