import { ExperimentError } from '../experiment-error.js';
import { isServerUrl } from '../redis-client.js';

/**
 * The address of the Redis that series are published to: what `--publish-redis` gives, else the variable `REDMETER_PUBLISH_REDIS`.
 * It may hold a password, which is never shown. undefined when there is none.
 *
 * @throws ExperimentError `invalid_usage` unless it is a URL that metrics can be written to; the message does not show it.
 */
export function publishAddressOf(
  given: string | undefined,
  variables: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const address = given ?? variables['REDMETER_PUBLISH_REDIS'];
  if (address === undefined || address === '') return undefined;
  if (isServerUrl(address)) return address;
  throw new ExperimentError(
    'invalid_usage',
    'expected --publish-redis, or REDMETER_PUBLISH_REDIS, to be redis://[user:password@]host[:port], rediss://… or unix://path, got something else',
  );
}
