// The API of the packages as Markdown, by TypeDoc.
import { Application } from 'typedoc';
import { root } from './pages.mjs';

/** The packages that applications import, each with its folder. */
export const packages = [
  ['redis-metrics', 'packages/redis-metrics'],
  ['opentelemetry', 'packages/opentelemetry'],
  ['experiment', 'packages/experiment'],
  ['metric-format', 'packages/metric-format'],
  ['metric-reader', 'packages/metric-reader'],
];

/**
 * Writes a page for each package into a folder.
 * @param {string} folder
 */
export async function writeApi(folder) {
  for (const [name, workspace] of packages) {
    /** TypeDoc's own options, and those of its plugins, which its types do not know. */
    const options = {
      plugin: ['typedoc-plugin-markdown', 'typedoc-vitepress-theme'],
      name: `@redmeter/${name}`,
      entryPoints: [`${root}${workspace}/src/index.ts`],
      tsconfig: `${root}${workspace}/tsconfig.json`,
      readme: 'none',
      disableSources: true,
      skipErrorChecking: true,
      outputFileStrategy: 'modules',
      entryFileName: name,
      hideBreadcrumbs: true,
      hidePageHeader: true,
      useCodeBlocks: true,
      parametersFormat: 'table',
      propertiesFormat: 'table',
      excludeInternal: true,
      sidebar: { autoConfiguration: false },
      docsRoot: folder,
      out: folder,
      cleanOutputDir: false,
      logLevel: /** @type {const} */ ('Warn'),
    };
    const application = await Application.bootstrapWithPlugins(options);
    const project = await application.convert();
    if (project === undefined) throw new Error(`TypeDoc: expected the API of ${workspace}, got errors`);
    await application.generateOutputs(project);
  }
}
