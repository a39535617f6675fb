// Starts the lanes that wait longest first: a test of minutes that begins last would leave the other workers idle.
import sequencer from '@jest/test-sequencer';

const LANES = ['compose', 'stack', 'prometheus', 'redis', 'kubernetes', 'pure'];

// Its types are those of its CommonJS build; an import gets the class itself.
const Sequencer = /** @type {typeof sequencer.default} */ (/** @type {unknown} */ (sequencer));

/** @typedef {{ readonly context: { readonly config: { readonly displayName?: { readonly name: string } } } }} LaneTest */

/** @param {LaneTest} test */
const rank = (test) => LANES.indexOf(test.context.config.displayName?.name ?? '');

export default class LongestFirst extends Sequencer {
  /**
   * By lane; within a lane by the durations of the last run, else by size.
   * @override
   * @param {Parameters<InstanceType<typeof Sequencer>['sort']>[0]} tests
   */
  async sort(tests) {
    return [...(await super.sort(tests))].sort((one, other) => rank(one) - rank(other));
  }
}
