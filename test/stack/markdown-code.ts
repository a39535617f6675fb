/** The texts of a document's code blocks in one language, in order. */
export function codeBlocks(markdown: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return [...markdown.matchAll(fence)].map(([, block = '']) => block);
}

/** A document's section of the second level, without its heading; empty when there is none of that title. */
export function sectionOf(markdown: string, title: string): string {
  return new RegExp(`^## ${title}\\n(.*?)(?=^## |(?![^]))`, 'ms').exec(markdown)?.[1] ?? '';
}
