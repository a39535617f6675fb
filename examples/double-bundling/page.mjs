import { metrics } from './metrics.mjs';

export { metrics };

export function renderPage() {
  metrics.incrementCounter('rendered', 1);
  return '<h1>Hello</h1>';
}
