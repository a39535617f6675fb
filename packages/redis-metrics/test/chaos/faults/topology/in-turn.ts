import type { FaultKind, StartedFault } from '../fault.js';

/** Faults of several kinds on one Redis, each in its turn. */
export function inTurn(name: string, kinds: readonly [FaultKind, ...FaultKind[]]): FaultKind {
  const [first] = kinds;
  const on = ({ deployment }: Pick<StartedFault, 'deployment'>): StartedFault => {
    const started = kinds.map((kind) => kind.on(deployment));
    let next = 0;
    return {
      deployment,
      async inject(proxy, random, processes) {
        const strike = await started[next]?.inject(proxy, random, processes);
        // One that hit nothing is done again.
        if (strike !== 'missed') next = (next + 1) % started.length;
        return strike ?? 'missed';
      },
    };
  };
  return {
    ...first,
    name,
    keepsData: kinds.every(({ keepsData }) => keepsData),
    share: kinds.length,
    start: async (proxy) => on(await first.start(proxy)),
    on: (deployment) => on({ deployment }),
  };
}
