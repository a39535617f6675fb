import { describe, expect, it } from '@jest/globals';
import { LoginQueue, type LoginOutcome } from '../../../src/http/login/login-queue.js';

/** A queue whose verifications end when the test says so. */
function startQueue(): {
  readonly queue: LoginQueue;
  /** Passwords in the order in which their verification began. */
  readonly begun: string[];
  /** Ends the one under way, and lets the next begin. */
  readonly finish: (isRight?: boolean) => Promise<void>;
} {
  const begun: string[] = [];
  const ends: ((isRight: boolean) => void)[] = [];
  const queue = new LoginQueue(async (password) => {
    begun.push(password);
    return new Promise((resolve) => ends.push(resolve));
  });
  return {
    queue,
    begun,
    async finish(isRight = false) {
      ends.shift()?.(isRight);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

interface Attempt {
  readonly password: string;
  readonly address?: string;
  readonly failedLogins?: number;
  readonly signal?: AbortSignal;
}

const add = async (
  queue: LoginQueue,
  { password, address = '10.0.0.1', failedLogins = 0, signal = new AbortController().signal }: Attempt,
): Promise<LoginOutcome> => queue.verify({ key: password, password, hash: 'hash', address, failedLogins, signal });

describe('the queue of logins', () => {
  it('verifies one at a time, in their order', async () => {
    const { queue, begun, finish } = startQueue();
    const outcomes = [add(queue, { password: 'a' }), add(queue, { password: 'b' })];
    expect(begun).toEqual(['a']);
    await finish(true);
    expect(begun).toEqual(['a', 'b']);
    await finish(false);
    expect(await Promise.all(outcomes)).toEqual(['right', 'wrong']);
  });

  it('gives the address that had its turn longest ago the next one', async () => {
    const { queue, begun, finish } = startQueue();
    for (let i = 0; i < 50; i += 1) void add(queue, { password: `guess ${i}` });
    void add(queue, { password: 'mine', address: '10.0.0.2' });
    await finish();
    await finish();
    expect(begun).toEqual(['guess 0', 'mine', 'guess 1']);
  });

  it('lets connections with fewer wrong logins go first', async () => {
    const { queue, begun, finish } = startQueue();
    for (let i = 0; i < 50; i += 1) void add(queue, { password: `guess ${i}`, failedLogins: 1 + (i % 2) });
    void add(queue, { password: 'mine' });
    await finish();
    await finish();
    expect(begun).toEqual(['guess 0', 'mine', 'guess 2']);
  });

  it('has no room above its bound, first for the address and connection that tried most', async () => {
    const { queue, begun, finish } = startQueue();
    // One under way, a hundred that wait.
    const guesses = Array.from({ length: 101 }, async (_, i) =>
      add(queue, { password: `guess ${i}`, failedLogins: i === 40 ? 9 : 1 }),
    );
    const mine = add(queue, { password: 'mine', address: '10.0.0.2' });
    expect(await guesses[40]).toBe('busy');
    expect(await add(queue, { password: 'one more', failedLogins: 1 })).toBe('busy');
    await finish();
    expect(begun).toEqual(['guess 0', 'mine']);
    await finish(true);
    expect(await mine).toBe('right');
  });

  it('drops a login whose client is gone, before its turn and in it', async () => {
    const { queue, begun, finish } = startQueue();
    const [inTurn, waiting] = [new AbortController(), new AbortController()];
    const first = add(queue, { password: 'first', signal: inTurn.signal });
    const second = add(queue, { password: 'second', signal: waiting.signal });
    void add(queue, { password: 'last' });
    waiting.abort();
    expect(await second).toBe('gone');
    inTurn.abort();
    expect(begun).toEqual(['first']);
    await finish();
    expect(begun).toEqual(['first', 'last']);
    expect(await first).toBe('wrong');
    expect(await add(queue, { password: 'late', signal: waiting.signal })).toBe('gone');
  });

  it('verifies those that are alike once', async () => {
    const { queue, begun, finish } = startQueue();
    const outcomes = Array.from({ length: 20 }, async () => add(queue, { password: 'same' }));
    await finish(true);
    expect(await Promise.all(outcomes)).toEqual(Array(20).fill('right'));
    expect(begun).toEqual(['same']);
  });

  it('continues after one whose hash cannot be read', async () => {
    const queue = new LoginQueue(async (password) =>
      password === 'bad' ? Promise.reject(new Error('no hash')) : Promise.resolve(true),
    );
    const bad = add(queue, { password: 'bad' });
    const good = add(queue, { password: 'good' });
    await expect(bad).rejects.toThrow('no hash');
    expect(await good).toBe('right');
  });
});
