// Prints, for each folder named, what `npm run imports` finds in it: a JSON array of arrays of `rule: from -> to`.
// One process for all of them, since loading TypeScript takes longer than reading a small tree.
import { cruise } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

/** @type {string[][]} */
const found = [];
for (const folder of process.argv.slice(2)) {
  process.chdir(folder);
  const options = await extractOptions(`${folder}/dependency-cruiser.config.mjs`);
  const tsConfig = extractTSConfig(`${folder}/tsconfig.test.json`);
  const { output } = await cruise(['packages', 'exporter', 'app'], options, {}, { tsConfig });
  if (typeof output === 'string') throw new Error(`expected a result, got ${output}`);
  found.push(output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`).sort());
}
process.stdout.write(JSON.stringify(found));
