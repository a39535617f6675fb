import { connect } from 'node:net';

const PROBE_TIMEOUT_MS = 5000;

/** @type {Readonly<Record<string, string>>} */
const reasons = { ECONNREFUSED: 'connection refused', ENOTFOUND: 'no such host', EAI_AGAIN: 'no such host' };

/**
 * Whether a server accepts connections at `url`; sends no request, so nothing is counted.
 * @param {string} url
 * @returns {Promise<string | undefined>} why not, or undefined
 */
export async function whyUnreachable(url) {
  const { hostname, port, protocol } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    });
    /** @param {string | undefined} reason */
    const end = (reason) => {
      socket.destroy();
      resolve(reason);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => end(`no answer within ${PROBE_TIMEOUT_MS / 1000} s`));
    socket.once('connect', () => end(undefined));
    // With several addresses behind a name the error is an AggregateError, which has a code and no message.
    socket.once('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      end(reasons[error.code ?? ''] ?? error.code ?? error.message),
    );
  });
}
