import { afterEach, beforeEach } from '@jest/globals';
import { startTestReceiver, type TestReceiver } from './test-receiver.js';

/** Two receivers that write to one Redis, for each test of a file. */
export function useTwoReceivers(redis: { readonly url: string }): readonly TestReceiver[] {
  const receivers: TestReceiver[] = [];
  beforeEach(async () => {
    receivers.push(await startTestReceiver(redis.url), await startTestReceiver(redis.url));
  });
  afterEach(async () => {
    await Promise.all(receivers.splice(0).map(async (one) => one.stop()));
  });
  return receivers;
}
