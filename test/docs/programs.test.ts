import { describe, expect, it } from '@jest/globals';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { codeBlocksOf, markdownFiles, root, type CodeBlock } from './markdown-files.js';

/** What readers have of their own, or from the block before. */
const AMBIENT = `
declare global {
  var metrics: import('@redmeter/redis-metrics').RedisMetricsService;
  const queue: readonly unknown[];
  const register: import('prom-client').Registry;
  const bridgePromClient: typeof import('@redmeter/redis-metrics').bridgePromClient;
  const RedisMetricsService: typeof import('@redmeter/redis-metrics').RedisMetricsService;
  const readFileSync: typeof import('node:fs').readFileSync;
}
export {};
`;

const blocks = markdownFiles.flatMap((file) =>
  codeBlocksOf(file).filter(({ language }) => language === 'ts' || language === 'js'),
);

/** The errors of the compiler in programs that lie beside their documents, by the place of each. */
function compile(programs: readonly CodeBlock[]): Map<CodeBlock, string[]> {
  const files = new Map(
    programs.map((block) => {
      const name = `documented-${block.line}.${block.language === 'ts' ? 'mts' : 'mjs'}`;
      return [join(root, dirname(block.file), `${block.file.replace(/\W/g, '-')}-${name}`), block];
    }),
  );
  const ambient = join(root, 'documented-ambient.d.mts');
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
    allowJs: true,
    checkJs: true,
    noEmit: true,
    strict: true,
    skipLibCheck: true,
  };
  const host = ts.createCompilerHost(options);
  const disk = ts.createCompilerHost(options);
  const textOf = (name: string): string | undefined => (name === ambient ? AMBIENT : files.get(name)?.text);
  host.fileExists = (name) => textOf(name) !== undefined || disk.fileExists(name);
  host.readFile = (name) => textOf(name) ?? disk.readFile(name);
  host.getSourceFile = (name, settings) => {
    const text = host.readFile(name);
    return text === undefined ? undefined : ts.createSourceFile(name, text, settings);
  };
  const program = ts.createProgram([...files.keys(), ambient], options, host);
  return new Map(
    [...files].map(([name, block]) => {
      const source = program.getSourceFile(name);
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return [
        block,
        found.map(({ start = 0, messageText }) => {
          const line = source?.getLineAndCharacterOfPosition(start).line ?? 0;
          return `${block.file}:${block.line + line + 1}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
        }),
      ];
    }),
  );
}

describe('programs in the documents', () => {
  const problems = compile(blocks);

  it('are many', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(10);
  });

  it.each(blocks.map((block) => [`${block.file}:${block.line}`, block] as const))('compile: %s', (_place, block) => {
    expect(problems.get(block)).toEqual([]);
  });
});

it('finds what does not compile', () => {
  const text =
    "import { RedisMetricsService } from '@redmeter/redis-metrics';\nnew RedisMetricsService({ reddis: '' });\n";
  const block = { file: 'README.md', line: 1, language: 'ts', text };
  expect(compile([block]).get(block)).toEqual([expect.stringMatching(/^README\.md:3: .*reddis/)]);
});
