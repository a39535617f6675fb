import { startStage } from './stage-run.js';

/** @typedef {import('./endpoint-results.js').EndpointResults} EndpointResults */
/** @typedef {import('./options.js').LoadOptions} LoadOptions */

/**
 * How a run ended.
 * @typedef {object} RunEnd
 * @property {number} seconds it took
 * @property {ReadonlyMap<string, number>} connectionErrors how often connections failed, by reason
 */

/**
 * @typedef {object} LoadRun
 * @property {Promise<RunEnd>} done
 * @property {() => string} where which stage it is in, for people
 * @property {() => void} stop ends it early; what was measured so far counts
 */

/**
 * Runs one stage after another; the first whose connections fail is the last.
 * @param {LoadOptions} options
 * @param {EndpointResults} results
 * @returns {LoadRun}
 */
export function startRun({ url, connections, stages, requests }, results) {
  const stopped = new AbortController();
  let current = 1;

  const run = async () => {
    let seconds = 0;
    /** @type {ReadonlyMap<string, number>} */
    let connectionErrors = new Map();
    for (const [index, stage] of stages.entries()) {
      if (stopped.signal.aborted || connectionErrors.size > 0) break;
      current = index + 1;
      const running = startStage({ url, connections, stage, requests }, results);
      stopped.signal.addEventListener('abort', running.stop, { once: true });
      const ended = await running.done;
      stopped.signal.removeEventListener('abort', running.stop);
      seconds += ended.seconds;
      ({ connectionErrors } = ended);
    }
    return { seconds, connectionErrors };
  };

  const goal =
    requests === undefined ? `${stages.reduce((sum, stage) => sum + stage.seconds, 0)} s` : `${requests} requests`;
  return {
    done: run(),
    where: () => `stage ${current} of ${stages.length}, ${goal} in all:`,
    stop: () => stopped.abort(),
  };
}
