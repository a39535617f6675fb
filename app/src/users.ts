/** What a user can do in the store, by the name of its endpoint. */
export const actions = ['join', 'look-around', 'leave', 'served'] as const;

/** One of {@link actions}. */
export type Action = (typeof actions)[number];

/** The event counted when an action has changed a user. */
export const userEvents = ['joined', 'looking_around', 'left', 'served'] as const;

/** One of {@link userEvents}. */
export type UserEvent = (typeof userEvents)[number];

/** Numbers of users; `waiting + active + served + left` is always `total`. */
export interface Users {
  /** Joined, not yet looking around. */
  readonly waiting: number;
  /** Looking around. */
  readonly active: number;
  /** Served so far. */
  readonly served: number;
  /** Left without being served so far. */
  readonly left: number;
  /** All who have joined so far. */
  readonly total: number;
}

/** An empty store. */
export const nobody: Users = { waiting: 0, active: 0, served: 0, left: 0, total: 0 };

/** The outcome of an action: it changed one user, or there was none to change. */
export type Outcome =
  | { readonly kind: 'happened'; readonly event: UserEvent; readonly users: Users }
  | { readonly kind: 'nobody'; readonly missing: 'waiting' | 'active' };

interface Transition {
  readonly event: UserEvent;
  /** The previous state of the user; undefined for a new user. */
  readonly from?: 'waiting' | 'active';
  readonly to: 'waiting' | 'active' | 'served' | 'left';
}

const transitions: Readonly<Record<Action, Transition>> = {
  join: { event: 'joined', to: 'waiting' },
  'look-around': { event: 'looking_around', from: 'waiting', to: 'active' },
  leave: { event: 'left', from: 'active', to: 'left' },
  served: { event: 'served', from: 'active', to: 'served' },
};

/** Moves one user from one state to the next, if there is one; does not change `users` itself. */
export function perform(users: Users, action: Action): Outcome {
  const { event, from, to } = transitions[action];
  const arrived = { ...users, [to]: users[to] + 1 };
  if (from === undefined) return { kind: 'happened', event, users: { ...arrived, total: users.total + 1 } };
  if (users[from] === 0) return { kind: 'nobody', missing: from };
  return { kind: 'happened', event, users: { ...arrived, [from]: users[from] - 1 } };
}
