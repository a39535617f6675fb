import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { UNKNOWN_ENDPOINT } from './endpoints.js';
import { answerThrown, answerUnknownPath } from './error-answers.js';
import { answerProblem } from './problem.js';
import { timeRequests } from './request-timing.js';
import { storeRoutes, type StoreRoutesContext } from './store-routes.js';

/** What the application needs from outside. */
export interface StoreAppContext extends StoreRoutesContext {
  readonly logger: Logger;
}

/** The store as an Express application: `/api/store/…`, `/healthz`, and JSON for everything else. */
export function storeApp(context: StoreAppContext): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.use(helmet());
  // GET changes the store here, so no answer may come out of a cache.
  app.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });

  app.use('/api/store', storeRoutes(context));
  app.use('/api', timeRequests(UNKNOWN_ENDPOINT, context.metrics), answerUnknownPath);

  app
    .route('/healthz')
    .get((_request, response) => {
      response.json({ status: 'ok' });
    })
    .all((request, response) => {
      response.set('Allow', 'GET, HEAD');
      answerProblem(response, 405, 'method_not_allowed', `/healthz: expected GET, got ${request.method}`);
    });

  app.use(answerUnknownPath);
  app.use(answerThrown(context.logger));
  return app;
}
