import { codeBlocks } from './markdown-code.js';

/** Commands that follow one another in one shell. */
export interface ShellCommand {
  /** As printed. */
  readonly line: string;
  /** The `export` lines that stand before it in the document. */
  readonly exports: readonly string[];
}

/** The curl and redis-cli lines of a document's bash blocks, in order. A line that ends with a backslash goes on. */
export function commandsOf(markdown: string): ShellCommand[] {
  const exports: string[] = [];
  const commands: ShellCommand[] = [];
  for (const block of codeBlocks(markdown, 'bash')) {
    for (const line of block.replaceAll('\\\n', ' ').split('\n')) {
      if (line.startsWith('export ')) exports.push(line);
      if (/^(?:\w+=\S+ )*(curl|redis-cli)\b/.test(line)) commands.push({ line, exports: [...exports] });
    }
  }
  return commands;
}
