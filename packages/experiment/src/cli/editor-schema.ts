import { readFile, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { packageFile } from '../package-file.js';
import { SPEC_NAME } from './experiment-files.js';

const MODELINE = /^(# yaml-language-server: \$schema=)\S+/m;

/** Lets the experiment of a folder, copied from the samples shipped here, name the JSON Schema shipped here to editors. */
export async function nameSchemaToEditors(folder: string): Promise<void> {
  const file = join(folder, SPEC_NAME);
  const schema = relative(folder, packageFile('schema/experiment.schema.json')).split(sep).join('/');
  const text = await readFile(file, 'utf8');
  await writeFile(
    file,
    text.replace(MODELINE, (_whole, name: string) => name + schema),
  );
}
