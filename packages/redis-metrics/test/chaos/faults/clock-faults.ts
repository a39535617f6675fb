import { readFileSync } from 'node:fs';
import { SingleServer } from '../deployments/single-server.js';
import { between } from '../random.js';
import { faultKind } from './fault.js';
import { startCall } from './started-call.js';

const MERGE_SOURCE = readFileSync(new URL('../../../lua/merge.lua', import.meta.url), 'utf8');
const TIME_LINE = "local time = call('TIME')";
const MAX_STEP_SECONDS = 7200;

/**
 * The clock that the merge script reads steps back or ahead, by up to two hours, with a call under way. The server's own clock cannot be
 * stepped: libfaketime does not load beside the allocator of redis-server.
 */
export const clockStepped = faultKind({
  name: 'clock of Redis stepped',
  share: 40,
  keepsData: true,
  start: () => SingleServer.start(),
  async inject({ proxy, random }) {
    const call = await proxy.nextCall();
    const strike = await startCall(call, random);
    const source = sourceAt(between(random, -MAX_STEP_SECONDS, MAX_STEP_SECONDS));
    proxy.rewrite = ([, , ...rest]) => ['EVAL', source, ...rest];
    call.end('close');
    await proxy.moreApplied(between(random, 2, 8));
    return strike;
  },
});

/** The merge script with another time. */
function sourceAt(offsetSeconds: number): string {
  if (MERGE_SOURCE.split(TIME_LINE).length !== 2) throw new Error(`lua/merge.lua: expected once ${TIME_LINE}`);
  return MERGE_SOURCE.replace(TIME_LINE, `${TIME_LINE}\ntime[1] = format('%d', time[1] + ${offsetSeconds})`);
}
