import { metrics } from './metrics.mjs';

export { metrics };

export function answerRoute() {
  metrics.incrementCounter('rendered', 1);
  return { status: 204 };
}
