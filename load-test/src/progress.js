/** @typedef {import('./endpoint-results.js').EndpointResults} EndpointResults */

/**
 * Shows how far the run is, on one line that is written over each second; shows nothing unless `stream` is a terminal.
 * @param {{isTTY?: boolean, write(text: string): unknown}} stream
 * @param {EndpointResults} results
 * @param {() => string} where e.g. `stage 2 of 4`
 * @returns {() => void} clears the line
 */
export function showProgress(stream, results, where) {
  if (!stream.isTTY) return () => undefined;
  const startedMs = Date.now();
  const show = () => {
    const { requests, errors } = results.all;
    const seconds = Math.round((Date.now() - startedMs) / 1000);
    stream.write(`\r\x1b[K${where()}  ${seconds} s  ${requests.toLocaleString('en-US')} requests  ${errors} errors`);
  };
  show();
  const timer = setInterval(show, 1000);
  return () => {
    clearInterval(timer);
    stream.write('\r\x1b[K');
  };
}
