import { request } from 'node:http';

const TIMEOUT_MS = 2000;

/** The revision that the nginx behind a socket serves; undefined when none answers. */
export function servedRevision(socketPath: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: '/', agent: false, timeout: TIMEOUT_MS }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.once('end', () => resolve(answer.statusCode === 200 ? text : undefined));
      answer.once('error', () => resolve(undefined));
    });
    asked.once('timeout', () => asked.destroy());
    // No program listens there, or it hangs.
    asked.once('error', () => resolve(undefined));
    asked.end();
  });
}
