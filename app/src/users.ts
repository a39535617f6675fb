/** What a user can do in the store, by the name of its endpoint. */
export const actions = ['join', 'look-around', 'leave', 'served'] as const;

/** One of {@link actions}. */
export type Action = (typeof actions)[number];

/** What is counted when an action has happened to somebody. */
export const userEvents = ['joined', 'looking_around', 'left', 'served'] as const;

/** One of {@link userEvents}. */
export type UserEvent = (typeof userEvents)[number];

/** How many users are where; `waiting + active + served + left` is `total`, always. */
export interface Users {
  /** Joined, not yet looking around. */
  readonly waiting: number;
  /** Looking around. */
  readonly active: number;
  /** Gone with what they came for, so far. */
  readonly served: number;
  /** Gone without, so far. */
  readonly left: number;
  /** Everybody who has joined so far. */
  readonly total: number;
}

/** An empty store. */
export const nobody: Users = { waiting: 0, active: 0, served: 0, left: 0, total: 0 };

/** What became of an action: it happened to one user, or there was nobody it could happen to. */
export type Outcome =
  | { readonly kind: 'happened'; readonly event: UserEvent; readonly users: Users }
  | { readonly kind: 'nobody'; readonly missing: 'waiting' | 'active' };

interface Transition {
  readonly event: UserEvent;
  /** Where the user comes from; a new user comes from nowhere. */
  readonly from?: 'waiting' | 'active';
  readonly to: 'waiting' | 'active' | 'served' | 'left';
}

const transitions: Readonly<Record<Action, Transition>> = {
  join: { event: 'joined', to: 'waiting' },
  'look-around': { event: 'looking_around', from: 'waiting', to: 'active' },
  leave: { event: 'left', from: 'active', to: 'left' },
  served: { event: 'served', from: 'active', to: 'served' },
};

/** Moves one user as the action says, if there is one; `users` itself is not changed. */
export function perform(users: Users, action: Action): Outcome {
  const { event, from, to } = transitions[action];
  const arrived = { ...users, [to]: users[to] + 1 };
  if (from === undefined) return { kind: 'happened', event, users: { ...arrived, total: users.total + 1 } };
  if (users[from] === 0) return { kind: 'nobody', missing: from };
  return { kind: 'happened', event, users: { ...arrived, [from]: users[from] - 1 } };
}
