import { clientAddress, hostAndPort } from '../address.js';
import { httpHealth } from '../health.js';
import { candidateErrorRate } from '../part-name.js';
import type { Part, PartContext } from '../part.js';
import { storePart } from './store.js';

/** The second version of the demo store, which a rollout gives users to. */
export function candidatePart(context: PartContext): Part {
  const { bindAddress, ports } = context.settings;
  const url = `http://${hostAndPort(clientAddress(bindAddress), ports.candidate)}`;
  const { command } = storePart(context);
  return {
    name: 'candidate',
    url: `${url}/api/store`,
    command: {
      ...command,
      env: {
        ...command.env,
        PORT: String(ports.candidate),
        STORE_VERSION: 'v2',
        STORE_ERROR_RATE: candidateErrorRate(context.choice.release),
        // What it records counts soon, so that steps can be short.
        METRICS_FLUSH_INTERVAL_MS: '1000',
      },
    },
    health: httpHealth(`${url}/healthz`),
  };
}
