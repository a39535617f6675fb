import { demand } from '../requirement.js';
import type { ConformanceCase } from './conformance-case.js';

/** How a writer ends. */
export const endCases: readonly ConformanceCase[] = [
  {
    name: 'close-writes',
    requirements: ['W-54', 'W-56'],
    async run(scene) {
      const writer = await scene.open();
      await scene.write(writer);
      await scene.record(writer);
      await writer.close();
      const { flushed } = await scene.expectStatistics(writer, { pending: 0 });
      const isWritten = flushed === writer.recorded;
      scene.advise(isWritten, ['W-54'], `${writer.recorded} written when it closes`, String(flushed));
      if (isWritten) await scene.expectRounds(writer, ['W-33', 'W-54']);
    },
  },
  {
    name: 'close-while-away',
    requirements: ['W-54', 'W-55', 'W-56'],
    isSlow: true,
    async run(scene) {
      const writer = await scene.open();
      await scene.write(writer);
      await scene.record(writer);
      const meanwhile = (): Promise<void> => {
        scene.proxy.goDown();
        return Promise.resolve();
      };
      await scene.strike(writer, { at: 'applied', meanwhile, then: 'cut' });
      await writer.close();
      const each = writer.description.types.length;
      const { dropped } = await scene.expectStatistics(writer, { pending: 0, dropped: each });
      demand((dropped['in_doubt'] ?? 0) === each, ['W-55'], `${each} as in_doubt`, JSON.stringify(dropped));
      await scene.expectPresence(writer, ['W-55']);
    },
  },
];
