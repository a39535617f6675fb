// npm run generate, the part for reports: bundles the script of the HTML report, with the chart library in it, into a module, so that
// a report is one file and needs no network.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const target = new URL('../packages/experiment/src/report/charts/chart-script.ts', import.meta.url);

/** The module that `npm run generate` writes. */
export async function reportScriptModule() {
  const experiment = createRequire(new URL('../packages/experiment/package.json', import.meta.url));
  const uplot = dirname(experiment.resolve('uplot/package.json'));
  const licence = readFileSync(join(uplot, 'LICENSE'), 'utf8').trim();
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../packages/experiment/page/src/main.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    write: false,
    banner: { js: `/*! uPlot, https://github.com/leeoniya/uPlot\n${licence} */` },
  });
  const script = outputFiles[0]?.text ?? '';
  const style = readFileSync(join(uplot, 'dist/uPlot.min.css'), 'utf8').trim();
  const hash = createHash('sha256').update(script).digest('base64');
  return `// Generated from packages/experiment/page and uPlot by npm run generate.
/** The script that draws the charts of an HTML report. */
export const CHART_SCRIPT = ${literal(script)};

/** Its hash, for the Content-Security-Policy. */
export const CHART_SCRIPT_HASH = 'sha256-${hash}';

/** The style that uPlot needs. */
export const CHART_STYLE = ${literal(style)};
`;
}

/** @param {string} text */
function literal(text) {
  return `\`${text.replace(/\\|`|\$\{/g, (special) => `\\${special}`)}\``;
}

if (process.argv[1] === import.meta.filename) {
  const generated = await reportScriptModule();
  writeFileSync(target, generated);
  process.stdout.write(`${relative(process.cwd(), fileURLToPath(target))} written\n`);
}
