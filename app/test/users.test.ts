import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { actions, nobody, perform, type Action, type Users } from '../src/users.js';

const users = (changes: Partial<Users>): Users => ({ ...nobody, ...changes });

describe('perform', () => {
  it.each<[Action, Users, string, Users]>([
    ['join', nobody, 'joined', users({ waiting: 1, total: 1 })],
    ['look-around', users({ waiting: 2, total: 2 }), 'looking_around', users({ waiting: 1, active: 1, total: 2 })],
    ['leave', users({ active: 1, total: 1 }), 'left', users({ left: 1, total: 1 })],
    ['served', users({ active: 1, total: 1 }), 'served', users({ served: 1, total: 1 })],
  ])('%s moves one user', (action, before, event, after) => {
    expect(perform(before, action)).toEqual({ kind: 'happened', event, users: after });
  });

  it.each<[Action, Users, string]>([
    ['look-around', users({ active: 3, total: 3 }), 'waiting'],
    ['leave', users({ waiting: 3, total: 3 }), 'active'],
    ['served', users({ waiting: 3, served: 2, total: 5 }), 'active'],
  ])('%s needs somebody to act on', (action, before, missing) => {
    expect(perform(before, action)).toEqual({ kind: 'nobody', missing });
  });

  it('neither loses nor makes up users, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...actions), { maxLength: 200 }), (course) => {
        let now = nobody;
        const events: string[] = [];
        for (const action of course) {
          const outcome = perform(now, action);
          if (outcome.kind === 'nobody') {
            expect(now[outcome.missing]).toBe(0);
            continue;
          }
          events.push(outcome.event);
          now = outcome.users;
          const { waiting, active, served, left } = now;
          expect(Math.min(waiting, active, served, left)).toBeGreaterThanOrEqual(0);
        }
        const times = (event: string): number => events.filter((happened) => happened === event).length;
        expect(now.total).toBe(times('joined'));
        expect(now.total).toBe(now.waiting + now.active + now.served + now.left);
        expect(now.waiting).toBe(times('joined') - times('looking_around'));
        expect([now.served, now.left]).toEqual([times('served'), times('left')]);
      }),
    );
  });
});
