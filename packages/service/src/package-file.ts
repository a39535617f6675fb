import { fileURLToPath } from 'node:url';

/** The path of a file that ships with the package, from its sources and from its build alike. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}
