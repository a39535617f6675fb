import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { UNKNOWN_ENDPOINT } from './endpoints.js';
import { answerThrown, answerUnknownPath } from './error-answers.js';
import { answerProblem } from './problem.js';
import { timeRequests } from './request-timing.js';
import { storeRoutes, type StoreRoutesContext } from './store-routes.js';

/** Dependencies of the application. */
export interface StoreAppContext extends StoreRoutesContext {
  readonly logger: Logger;
  /** Named in the header `X-Store-Version` of each answer, where it is set. */
  readonly version?: string | undefined;
}

/** The store as an Express application: `/api/store/…`, `/healthz`, and JSON for everything else. */
export function storeApp(context: StoreAppContext): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.use(helmet());
  // GET changes the store here, so responses must not be cached.
  app.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    if (context.version !== undefined) response.set('X-Store-Version', context.version);
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
