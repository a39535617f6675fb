import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const packageRoot = join(__dirname, '..');

/** The fenced blocks of one language in a document of the package. */
export function blocks(document: string, language: string): string[] {
  const text = readFileSync(join(packageRoot, document), 'utf8');
  return [...text.matchAll(new RegExp(`^ *\`\`\`${language}\n(.*?)^ *\`\`\``, 'gms'))].map(([, block]) => block ?? '');
}

/** The rules for ACL SETUSER that the README gives: those of a writer, and what a cluster takes besides. */
export function aclRules(): { readonly writer: readonly string[]; readonly cluster: readonly string[] } {
  const [writer = '', cluster = ''] = blocks('README.md', 'acl').map((block) => block.trim());
  // Without `user <name>`.
  return { writer: writer.split(/\s+/).slice(2), cluster: cluster.split(/\s+/) };
}
