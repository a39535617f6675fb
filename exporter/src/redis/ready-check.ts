import type { Redis } from 'ioredis';
import { isCutOff } from './connection-failure.js';

type InfoCallback = (error?: Error | null, info?: string) => void;

/** Errors that mean that the question is not answered here. Others say that the server takes no commands, now or from us. */
const UNANSWERED = /^(?:NOPERM|ERR (?!max number of clients|invalid password|AUTH|Client sent AUTH|DB index))/i;

/** What the ready check of a client learned. */
export interface ReadyCheck {
  /** What the server says of itself, by INFO; empty where that has no answer, and before the first connection. */
  readonly info: string;
  /** Whether the server hung up when it was asked INFO, and the connection after that asks nothing. */
  readonly hasHungUp: boolean;
}

/**
 * Lets a client of ioredis be ready though INFO, which it asks first of each connection, has no answer: the user may not ask it,
 * the server or a proxy does not know it, or hangs up on it. What it answers counts as before: a server that loads its data is
 * waited for, and behind Sentinels a replica is no master.
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
  // The ready check calls this method of the client's, and nothing else does.
  client.info = answer as unknown as Redis['info'];
  return learned;
}
