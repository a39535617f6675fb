import { element } from './element.js';
import { formatNumber } from './number-format.js';
import type { ReleaseState } from './protocol.js';

/** What the panel shows of releases: the step of each, and the share of users of each version. Nothing where there are none. */
export function releaseNodes(releases: readonly ReleaseState[]): HTMLElement[] {
  return releases.map(({ application, state, step, steps, weights }) => {
    const where = step === 0 ? state : `${state}, step ${formatNumber(step)} of ${formatNumber(steps)}`;
    const versions = weights.map(([version, percent]) => {
      const label = element('span', {}, version);
      const share = element('span', { class: 'number' }, `${formatNumber(percent)} %`);
      const bar = element('meter', { min: '0', max: '100', value: String(percent), 'aria-hidden': 'true' });
      return element('li', { 'data-version': version }, label, share, bar);
    });
    const title = element('p', {}, element('strong', {}, application), `: ${where}`);
    return element('div', { 'data-application': application }, title, element('ol', { class: 'bars' }, ...versions));
  });
}
