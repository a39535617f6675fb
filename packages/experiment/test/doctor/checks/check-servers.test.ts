import { describe, expect, it } from '@jest/globals';
import { checkServers } from '../../../src/doctor/checks/check-servers.js';
import type { Facts } from '../../../src/doctor/facts.js';
import type { ServerFacts } from '../../../src/doctor/look/server-facts.js';

/** What cannot be provoked here: another version of Redis, and a clock that is wrong. */
function findingsOf(server: Partial<ServerFacts>): [code: string, what: string][] {
  const facts = { servers: [{ node: 'r:6379', ...server }] } as unknown as Facts;
  return checkServers(facts).map(({ code, what }) => [code, what]);
}

describe('a version', () => {
  it.each(['6.2.14', '5.0.0', '2.8'])('%s is too old', (version) => {
    expect(findingsOf({ info: new Map([['redis_version', version]]) })).toEqual([
      ['old_redis', `r:6379: Redis ${version} is too old`],
    ]);
  });

  it.each(['7.0.0', '7.2.4', '8.2.1', '10.0.0'])('%s is not', (version) => {
    expect(findingsOf({ info: new Map([['redis_version', version]]) })).toEqual([]);
  });
});

describe('a clock', () => {
  it.each([
    [90_000, 'r:6379: its clock is 90.0 s ahead of that of this host'],
    [-7_200_000, 'r:6379: its clock is 2 h behind that of this host'],
  ])('that is off by %d ms is told', (offsetMs, what) => {
    expect(findingsOf({ clock: { offsetMs, uncertaintyMs: 2 } })).toEqual([['clock', what]]);
  });

  it('is not blamed for what the network may have taken', () => {
    expect(findingsOf({ clock: { offsetMs: 1500, uncertaintyMs: 600 } })).toEqual([]);
  });
});
