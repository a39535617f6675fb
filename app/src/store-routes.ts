import express, { Router, type RequestHandler, type Response } from 'express';
import { endpointNames, endpoints, type Endpoint } from './endpoints.js';
import type { FailureSchedule } from './failure-schedule.js';
import type { HandlerDelay } from './handler-delay.js';
import { answerProblem } from './problem.js';
import { timeRequests } from './request-timing.js';
import type { StoreMetrics } from './store-metrics.js';
import { actions, nobody, perform, type Action, type Users } from './users.js';

/** Dependencies of the routes. */
export interface StoreRoutesContext {
  readonly metrics: StoreMetrics;
  readonly delay: HandlerDelay;
  /** Called once for each request: whether it fails, to simulate a version with an error. */
  readonly isToFail: FailureSchedule;
  /** From 0 to 1, 1 excluded: chooses the action of `simulate`. */
  readonly random: () => number;
}

/** The store's endpoints, and the users in it: each router starts with an empty store. */
export function storeRoutes({ metrics, delay, isToFail, random }: StoreRoutesContext): Router {
  let users: Users = nobody;

  const act = (action: Action, response: Response): void => {
    const outcome = perform(users, action);
    if (outcome.kind === 'nobody') {
      response.json({ action, event: null, message: `nobody is ${outcome.missing}`, users });
      return;
    }
    users = outcome.users;
    metrics.countEvent(outcome.event);
    metrics.showUsers(users);
    response.json({ action, event: outcome.event, users });
  };

  const handlers: Readonly<Record<Endpoint, (response: Response) => void>> = {
    join: (response) => act('join', response),
    'look-around': (response) => act('look-around', response),
    leave: (response) => act('leave', response),
    served: (response) => act('served', response),
    error: (response) =>
      answerProblem(response, 500, 'store_error', 'this endpoint always fails, so that you can see errors counted'),
    simulate: (response) => act(actions[Math.floor(random() * actions.length)] ?? 'join', response),
  };

  const router = Router({ caseSensitive: true });
  for (const endpoint of endpointNames) {
    const allowed = endpoints[endpoint];
    const only: RequestHandler = (request, response, next) => {
      // HEAD too: Express would call the GET handler, and HEAD must not add a user.
      if (request.method === allowed) {
        next();
        return;
      }
      response.set('Allow', allowed);
      answerProblem(
        response,
        405,
        'method_not_allowed',
        `${request.baseUrl}/${endpoint}: expected ${allowed}, got ${request.method}`,
      );
    };
    router
      .route(`/${endpoint}`)
      .all(timeRequests(endpoint, metrics), only, express.json({ limit: '10kb' }), async (_request, response) => {
        await delay();
        // The client has disconnected, or a stop has closed the connection: the store must not change any more.
        if (response.closed) return;
        if (isToFail()) answerProblem(response, 500, 'store_error', 'this version fails, as set by STORE_ERROR_RATE');
        else handlers[endpoint](response);
      });
  }
  return router;
}
