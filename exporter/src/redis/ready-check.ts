import type { Redis } from 'ioredis';
import { isCutOff } from './connection-failure.js';

type InfoCallback = (error?: Error | null, info?: string) => void;

/** Errors that mean that INFO is not available. Other errors mean that the server accepts no commands, now or from this user. */
const UNANSWERED = /^(?:NOPERM|ERR (?!max number of clients|invalid password|AUTH|Client sent AUTH|DB index))/i;

/** What the ready check of a client learned. */
export interface ReadyCheck {
  /** The reply of INFO; empty if there is none, and before the first connection. */
  readonly info: string;
  /** Whether the server closed the connection on INFO, so that the next connection does not send it. */
  readonly hasHungUp: boolean;
}

/**
 * Lets an ioredis client become ready without a reply to INFO, which it sends first on each connection: the user may not call it,
 * or the server or a proxy does not know it, or closes the connection. A reply counts as usual: a server that loads its data is
 * waited for, and behind Sentinels a replica is not accepted as master.
 */
export function withLenientReadyCheck(client: Redis): ReadyCheck {
  const askInfo: () => Promise<string> = client.info.bind(client);
  const learned = { info: '', hasHungUp: false };
  let isToAsk = true;
  const answer = async (callback: InfoCallback): Promise<void> => {
    learned.info = '';
    let failure: Error | undefined;
    if (isToAsk) {
      try {
        learned.info = await askInfo();
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
      }
      learned.hasHungUp = isCutOff(failure);
    }
    isToAsk = !(isToAsk && learned.hasHungUp);
    if (failure === undefined || UNANSWERED.test(failure.message)) callback(null, learned.info);
    else callback(failure);
  };
  // Only the ready check calls this method of the client.
  client.info = answer as unknown as Redis['info'];
  return learned;
}
