// Reports the public API of each package into api/NAME.api.md, so that a review sees what changes.
//   node scripts/api-reports.mjs            checks that the reports fit the build
//   node scripts/api-reports.mjs --write    writes them
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const root = join(import.meta.dirname, '..');
const isWriting = process.argv.includes('--write');

/**
 * @param {string} folder
 * @returns {{name: string, types: string, private?: boolean, workspaces?: string[]}}
 */
function manifestOf(folder) {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return /** @type {ReturnType<typeof manifestOf>} */ (manifest);
}

/**
 * Compares the report of a package with its API.
 * @param {string} folder
 * @returns {boolean} whether they fit
 */
function isReported(folder) {
  const { name, types } = manifestOf(folder);
  const short = name.replace('@redmeter/', '');
  const projectFolder = join(root, folder);
  const temporary = join(root, '.data/api');
  mkdirSync(temporary, { recursive: true });
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(projectFolder, 'package.json'),
    configObject: {
      projectFolder,
      mainEntryPointFilePath: join(projectFolder, types),
      compiler: {
        // The declarations of other packages as they are built, not their sources.
        overrideTsconfig: {
          compilerOptions: { module: 'nodenext', target: 'es2023', strict: true, skipLibCheck: true, types: ['node'] },
          files: [types],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${short}.api.md`,
        reportFolder: join(root, 'api'),
        reportTempFolder: temporary,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  });
  const isKnown = existsSync(join(root, 'api', `${short}.api.md`));
  const result = Extractor.invoke(config, { localBuild: isWriting, showVerboseMessages: false });
  if (result.errorCount > 0) throw new Error(`api-extractor found errors in ${folder}`);
  return isWriting || (isKnown && !result.apiReportChanged);
}

mkdirSync(join(root, 'api'), { recursive: true });
const open = (manifestOf('.').workspaces ?? []).filter((folder) => manifestOf(folder).private !== true);
const changed = open.filter((folder) => !isReported(folder));
for (const folder of changed) {
  console.error(`${folder}: the public API is not that of its report in api/: see it with npm run api -- --write`);
}
if (changed.length > 0) process.exitCode = 1;
