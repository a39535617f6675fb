// npm run generate: writes the merge script into a module, so that it is in every bundle that the library is in.
import { readFileSync, writeFileSync } from 'node:fs';

const folder = new URL('../packages/redis-metrics/', import.meta.url);
const script = readFileSync(new URL('lua/merge.lua', folder), 'utf8');
const text = script.replace(/\\|`|\$\{/g, (special) => `\\${special}`);
writeFileSync(
  new URL('src/delivery/merge-source.ts', folder),
  `// Generated from lua/merge.lua by npm run generate: a bundle has no files beside it.
/** The script that applies a batch; its contract stands at its head. */
export const MERGE_SOURCE = \`${text}\`;
`,
);
