import { packageFile } from '../package-file.js';

/** The names of the templates that ship with the package. */
export const SHIPPED_TEMPLATES: readonly string[] = ['prometheus', 'newrelic', 'sysdig', 'elastic', 'redis'];

/** The file of a shipped template. */
export function shippedTemplatePath(name: string): string {
  return packageFile(`templates/${name}.tpl`);
}
