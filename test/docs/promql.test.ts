import { expect, it } from '@jest/globals';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeBlocksOf, codeSpansOf, markdownFiles } from './markdown-files.js';

const FUNCTIONS =
  'absent|avg|count|deriv|histogram_quantile|increase|irate|label_replace|max|min|predict_linear|quantile|rate|sum|time|topk|vector';
/** A call with arguments: `rate()` alone names a function. */
const CALL = new RegExp(String.raw`(?:^|[\s(])(?:${FUNCTIONS})(?: (?:by|without) \([^)]*\))? ?\((?!\))`);
const SELECTOR =
  /^(?:[a-zA-Z_:][\w:]*)?\{\w+(?:=~|!~|!=|=)"[^}]*\}(?:\[\w+\])?(?: (?:==|!=|>|<|>=|<=|and|or|unless) .*)?$/;
const COMPARISON = /^[a-z_:]\w*(?:\{[^}]*\})? (?:==|!=|>|<|>=|<=) [\d.]+$/;

/** Where a query stands, and its text. */
interface Query {
  readonly file: string;
  readonly text: string;
}

const isQuery = (text: string): boolean => CALL.test(text) || SELECTOR.test(text) || COMPARISON.test(text);

/** Queries in blocks marked `promql`, in calls of the HTTP API, in rules, and in the prose. */
function queriesOf(file: string): Query[] {
  const blocks = codeBlocksOf(file);
  const whole = blocks.filter(({ language }) => language === 'promql').map(({ text }) => text);
  const inside = blocks.flatMap(({ text }) => [
    ...[...text.matchAll(/[?&]query=([^'"&\s]+)/g)].map(([, query = '']) => decodeURIComponent(query)),
    ...[...text.matchAll(/'query=([^']+)'/g)].map(([, query = '']) => query),
    ...[...text.matchAll(/^\s*expr: (?!\|)(.+)$/gm)].map(([, query = '']) => query.replace(/^(['"])(.*)\1$/, '$2')),
  ]);
  return [...whole, ...inside, ...codeSpansOf(file).filter(isQuery)].map((text) => ({
    file,
    // An ellipsis stands for any expression.
    text: text.replaceAll('…', 'x'),
  }));
}

/** What promtool says of queries that cannot be parsed, each with its place. */
function problemsOf(queries: readonly Query[]): string[] {
  const folder = temporaryFolder();
  const file = join(folder, 'rules.yml');
  // An indented block holds any text as it is.
  const rules = queries.map(
    ({ text }, i) =>
      `      - record: query_${i}\n        expr: |-\n          ${text.trim().replaceAll('\n', '\n          ')}\n`,
  );
  writeFileSync(file, `groups:\n  - name: documents\n    rules:\n${rules.join('')}`);
  const { error, status, stderr, stdout } = spawnSync('promtool', ['check', 'rules', file], {
    encoding: 'utf8',
  });
  if (error !== undefined) throw new Error(`promtool: ${error.message}; install it: apt-get install prometheus`);
  if (status === 0) return [];
  const output = stdout + stderr;
  const found = [...output.matchAll(/"query_(\d+)"[^\n]*|rule (\d+),[^\n]*/g)].map(([line, name, number]) => {
    const query = queries[name === undefined ? Number(number) - 1 : Number(name)];
    return `${query?.file ?? ''}: ${query?.text ?? ''}: ${line}`;
  });
  return found.length > 0 ? found : [output];
}

const queries = markdownFiles.flatMap(queriesOf);

it('PromQL in the documents can be parsed', () => {
  expect(problemsOf(queries)).toEqual([]);
  expect(queries.length).toBeGreaterThanOrEqual(8);
});

it('a query that cannot be parsed is named', () => {
  const broken = [
    { file: 'a.md', text: 'up == 1' },
    { file: 'b.md', text: 'sum by (job (up)' },
  ];
  expect(problemsOf(broken)).toEqual([expect.stringContaining('b.md: sum by (job (up)')]);
});
