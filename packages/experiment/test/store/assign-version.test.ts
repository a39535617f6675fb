import { describe, expect, it } from '@jest/globals';
import type { ApplicationVersion } from '../../src/store/application-version.js';
import { assignVersion, uniformOf } from '../../src/store/assign-version.js';

const USERS = 20_000;

function versionsOf(weights: Readonly<Record<string, number>>): ApplicationVersion[] {
  return Object.entries(weights).map(([version, weight]) => ({ version, signature: '', weight }));
}

function assignAll(weights: Readonly<Record<string, number>>, application = 'shop'): (string | undefined)[] {
  const versions = versionsOf(weights);
  return Array.from({ length: USERS }, (_, user) => assignVersion(application, `user ${user}`, versions).version);
}

const shareOf = (assigned: readonly (string | undefined)[], version: string): number =>
  assigned.filter((name) => name === version).length / assigned.length;

describe('weighted rendezvous hashing', () => {
  it.each([
    [{ v1: 80, v2: 20 }],
    [{ v1: 0.8, v2: 0.2 }],
    [{ v1: 1, v2: 1 }],
    [{ v1: 50, v2: 30, v3: 20 }],
    [{ v1: 99, v2: 1 }],
    [{ v1: 1, v2: 0 }],
  ])('sends each version of %j its share of the users', (weights: Readonly<Record<string, number>>) => {
    const assigned = assignAll(weights);
    const total = Object.values(weights).reduce((a, b) => a + b);
    for (const [version, weight] of Object.entries(weights)) {
      const share = weight / total;
      // Four standard deviations of a binomial share.
      const tolerance = 4 * Math.sqrt((share * (1 - share)) / USERS);
      expect(Math.abs(shareOf(assigned, version) - share)).toBeLessThanOrEqual(tolerance);
    }
  });

  it('moves only the users it must when weights change: none between versions whose relation stays', () => {
    const before = assignAll({ v1: 80, v2: 20 });
    const after = assignAll({ v1: 60, v2: 40 });
    const moved = before.filter((version, user) => version !== after[user]);
    expect(new Set(moved)).toEqual(new Set(['v1']));
    expect(moved.length / USERS).toBeCloseTo(0.2, 2);
  });

  it('takes the users of a new version from the others, and gives those of a removed one to them', () => {
    const two = assignAll({ v1: 50, v2: 50 });
    const three = assignAll({ v1: 50, v2: 50, v3: 25 });
    const moved = three.filter((version, user) => version !== two[user]);
    expect(new Set(moved)).toEqual(new Set(['v3']));
    expect(moved.length / USERS).toBeCloseTo(0.2, 2);
  });

  it('depends neither on the order of the versions nor on builds', () => {
    const versions = versionsOf({ v1: 50, v2: 30, v3: 20 });
    const rebuilt = [...versions].reverse().map((version) => ({ ...version, signature: 'new' }));
    for (let user = 0; user < 200; user += 1) {
      expect(assignVersion('shop', `${user}`, rebuilt).version).toBe(
        assignVersion('shop', `${user}`, versions).version,
      );
    }
  });

  it('assigns users of one application independently of another', () => {
    const shop = assignAll({ v1: 50, v2: 50 });
    const bank = assignAll({ v1: 50, v2: 50 }, 'bank');
    expect(
      shareOf(
        shop.map((version, user) => (version === bank[user] ? 'same' : 'other')),
        'same',
      ),
    ).toBeCloseTo(0.5, 1);
  });

  it.each([
    // From Python: h = hashlib.sha256('\0'.join(names).encode()).digest(); ((int.from_bytes(h[:8], 'big') >> 12) + .5) / 2**52
    ['shop', 'v1', 'ann', 0.91959647743265],
    ['shop', 'v2', 'ann', 0.8477702296284876],
    ['läden', '版', 'zoë 🛒', 0.8736767109013263],
  ])('draws for %s, %s and %s what any language draws', (application, version, user, expected) => {
    expect(uniformOf(application, version, user)).toBe(expected);
  });
});

it.each([
  ['', /^expected a user to be a string of 1 to 200 bytes/],
  [5, /^expected a user to be a string, got 5$/],
  [undefined, /^expected a user to be a string, got nothing$/],
])('refuses the user %j', (user, message) => {
  const versions = [{ version: 'v1', signature: '', weight: 1 }];
  expect(() => assignVersion('shop', user as string, versions)).toThrow(message);
});

it('refuses versions of which none has a weight', () => {
  const versions = ['v1', 'v2'].map((version) => ({ version, signature: '', weight: 0 }));
  expect(() => assignVersion('shop', 'ann', versions)).toThrow(
    'expected a version of shop with a weight above 0, got v1=0, v2=0',
  );
  expect(() => assignVersion('shop', 'ann', [])).toThrow('got no version');
});
