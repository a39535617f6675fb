import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** After the lane: stops the engine that engine-up.ts started, and leaves any other alone. */
export default function engineDown(_: unknown, { rootDir }: { readonly rootDir: string }): void {
  spawnSync(join(rootDir, 'scripts/engine/engine.sh'), ['down'], { stdio: 'inherit' });
}
