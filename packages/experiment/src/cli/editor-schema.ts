import { access, readFile, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { packageFile } from '../package-file.js';
import { RELEASE_NAME, SPEC_NAME } from './experiment-files.js';

const MODELINE = /^(# yaml-language-server: \$schema=)\S+/m;

// Packages of redmeter lie side by side, in a clone and where they are installed.
const SCHEMAS = [
  { name: SPEC_NAME, schema: packageFile('schema/experiment.schema.json') },
  { name: RELEASE_NAME, schema: packageFile('../release/schema/release.schema.json') },
];

/** Lets the files of a folder, copied from the samples shipped here, name the JSON Schemas shipped here to editors. */
export async function nameSchemasToEditors(folder: string): Promise<void> {
  for (const { name, schema } of SCHEMAS) {
    const file = join(folder, name);
    if (!(await isThere(file)) || !(await isThere(schema))) continue;
    const place = relative(folder, schema).split(sep).join('/');
    const text = await readFile(file, 'utf8');
    await writeFile(
      file,
      text.replace(MODELINE, (_whole, modeline: string) => modeline + place),
    );
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
