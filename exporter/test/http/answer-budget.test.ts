import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { AnswerBudget } from '../../src/http/answer-budget.js';

let server: Server;
let sockets: Socket[];
let nowMs: number;
let cut: number;
beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  sockets = [];
  nowMs = 0;
  cut = 0;
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

/** A response whose client reads nothing. */
async function respond(): Promise<ServerResponse> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  sockets.push(socket.on('error', () => undefined).pause());
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  return response;
}

const budgetOf = (maxAnswers: number, maxBytes: number): AnswerBudget =>
  new AnswerBudget({ maxAnswers, maxBytes, onCut: () => (cut += 1), now: () => nowMs });

describe('the budget of answers', () => {
  it('has no room for more answers than it allows, until one is over', async () => {
    const budget = budgetOf(2, 1000);
    const first = await respond();
    expect(budget.admit(first)).toBeDefined();
    expect(budget.admit(await respond())).toBeDefined();
    expect(budget.admit(await respond())).toBeUndefined();
    first.end();
    await once(first, 'close');
    expect(budget.admit(await respond())).toBeDefined();
    expect(cut).toBe(0);
  });

  it('counts the bytes that answers share once, and until the last of them is over', async () => {
    const budget = budgetOf(10, 1000);
    const shared = Buffer.alloc(600);
    const [first, second] = [await respond(), await respond()];
    budget.admit(first)?.send([shared]);
    budget.admit(second)?.send([shared, Buffer.alloc(300)]);
    budget.admit(await respond())?.send([shared]);
    first.destroy();
    await once(first, 'close');
    const last = budget.admit(await respond());
    expect(last).toBeDefined();
    last?.send([Buffer.alloc(100)]);
    expect(budget.admit(await respond())).toBeUndefined();
    second.destroy();
    await once(second, 'close');
    expect(budget.admit(await respond())).toBeDefined();
  });

  it('cuts off the answer that has been read longest to make room', async () => {
    const budget = budgetOf(3, 1000);
    const [preparing, slow, slower] = [await respond(), await respond(), await respond()];
    expect(budget.admit(preparing)).toBeDefined();
    const second = budget.admit(slow);
    budget.admit(slower)?.send([Buffer.alloc(10)]);
    nowMs = 500;
    second?.send([Buffer.alloc(10)]);
    nowMs = 900;
    expect(budget.admit(await respond())).toBeUndefined();
    nowMs = 1400;
    expect(budget.admit(await respond())).toBeDefined();
    expect([preparing.destroyed, slow.destroyed, slower.destroyed, cut]).toEqual([false, false, true, 1]);
    // The second has been read for less than a second.
    expect(budget.admit(await respond())).toBeUndefined();
    nowMs = 1600;
    expect(budget.admit(await respond())).toBeDefined();
    expect(slow.destroyed).toBe(true);
  });
});
