// Runs the model checker: spin makes a C program from the model, which explores all states.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * @typedef {object} Result
 * @property {'passed' | 'failed' | 'incomplete'} outcome `incomplete`: not all states were explored
 * @property {number} states that were explored
 * @property {number} seconds
 * @property {readonly string[]} events of the shortest way to the failure, as the model prints them
 */

/**
 * Explores a run whole, or until a property fails. One that must pass is searched depth first, which takes less memory; the others
 * breadth first, for the shortest trace.
 * @param {import('./runs.mjs').Run} run_ @param {string} model its file @param {string} cache a folder for what is built
 * @returns {Promise<Result>}
 */
export async function check(run_, model, cache) {
  const isShortest = run_.kind !== 'protocol';
  const { defines = [], faults, late, property } = run_;
  const options = [
    ...[`-DFAULTS=${faults}`, `-DDELAYS=${late}`, ...defines.map((name) => `-D${name}`)],
    ...(property === undefined ? [] : [`-DONLY_PROPERTY=${property}`]),
    ...(isShortest ? ['-DSHORTEST'] : []),
  ];
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'run-'));
  const maxBuffer = 64 * 1024 * 1024;
  const started = performance.now();
  try {
    await copyFile(model, join(folder, 'protocol.pml'));
    await run('spin', ['-a', ...options, 'protocol.pml'], { cwd: folder, maxBuffer });
    // What is searched for a moment need not be fast.
    const search = isShortest ? ['-O0', '-DBFS'] : ['-O3'];
    await run('gcc', [...search, '-w', '-DSAFETY', '-DNOREDUCE', '-DMEMLIM=8000', '-o', 'pan', 'pan.c'], {
      cwd: folder,
    });
    // -E: a writer that has sent all is no deadlock; -m: the depth of a search depth first.
    const { stdout } = await run('./pan', ['-E', '-m1000000', '-n'], { cwd: folder, maxBuffer });
    const errors = Number(/errors: (\d+)/.exec(stdout)?.[1]);
    const states = Number(/(\d+) states, stored/.exec(stdout)?.[1]);
    if (!Number.isInteger(errors) || !Number.isInteger(states))
      throw new Error(`expected a report of pan, got: ${stdout}`);
    const isWhole = !/Search not completed|out of memory|max search depth too small/i.test(stdout);
    const seconds = (performance.now() - started) / 1000;
    if (errors === 0) return { outcome: isWhole ? 'passed' : 'incomplete', states, seconds, events: [] };
    const replay = await run('spin', [...options, '-t', 'protocol.pml'], { cwd: folder, maxBuffer });
    const events = replay.stdout.split('\n').flatMap((line) => /^\s*([@=!] .*)$/.exec(line)?.[1] ?? []);
    return { outcome: 'failed', states, seconds, events };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @returns {Promise<string>} the version of the checker, on which the order of its search depends */
export async function checkerVersion() {
  const { stdout } = await run('spin', ['-V']);
  return /Version (\S+)/.exec(stdout)?.[1] ?? stdout.trim();
}

/** Whether the outcome is the one that the run must have. @param {import('./runs.mjs').Run} run_ @param {Result} result */
export function isAsExpected({ kind }, { outcome }) {
  return outcome === (kind === 'protocol' ? 'passed' : 'failed');
}
