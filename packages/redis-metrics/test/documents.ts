import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const packageRoot = join(__dirname, '..');

/** The fenced blocks of one language in a document of the package. */
export function blocks(document: string, language: string): string[] {
  const text = readFileSync(join(packageRoot, document), 'utf8');
  return [...text.matchAll(new RegExp(`^ *\`\`\`${language}\n(.*?)^ *\`\`\``, 'gms'))].map(([, block]) => block ?? '');
}

/** The documented rules for ACL SETUSER: those of a writer, and those that a cluster needs too. */
export function aclRules(): { readonly writer: readonly string[]; readonly cluster: readonly string[] } {
  const [writer = '', cluster = ''] = blocks('docs/redis.md', 'acl').map((block) => block.trim());
  // Without `user <name>`.
  return { writer: writer.split(/\s+/).slice(2), cluster: cluster.split(/\s+/) };
}
