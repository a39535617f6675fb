import type { Recording } from '../protocol/messages.js';
import { demand } from '../requirement.js';
import type { Scene } from '../scene/scene.js';
import { droppedIn, type Writer } from '../scene/writer.js';

/** Records what must be dropped together with a round, and checks that the round alone is there. */
export async function expectDrops(
  scene: Scene,
  writer: Writer,
  recordings: readonly Recording[],
  expected: { readonly requirement: `W-${number}`; readonly reasons: readonly string[] },
): Promise<void> {
  const before = await scene.redis.keys(`${scene.prefix}:*`);
  const known = await writer.statistics();
  for (const recording of recordings) await writer.record(recording);
  await scene.write(writer);
  await scene.expectPresence(writer, [expected.requirement, 'W-6']);
  const statistics = await scene.expectStatistics(writer, { pending: 0 });
  const dropped = droppedIn(statistics) - droppedIn(known);
  const { requirement, reasons } = expected;
  demand(dropped === recordings.length, [requirement, 'W-6'], `${recordings.length} dropped`, dropped);
  const named = reasons.reduce(
    (sum, reason) => sum + (statistics.dropped[reason] ?? 0) - (known.dropped[reason] ?? 0),
    0,
  );
  scene.advise(named === dropped, ['W-58'], `reasons ${reasons.join(', ')}`, JSON.stringify(statistics.dropped));
  const after = await scene.redis.keys(`${scene.prefix}:*`);
  const rounds = writer.description.types.length;
  demand(after.length <= Math.max(before.length, rounds), [requirement, 'W-6'], 'no other series', after.join(' '));
}
