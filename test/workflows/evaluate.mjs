// Evaluates texts with expressions of GitHub Actions. Standard input: JSON of { contexts, texts }, by name; standard output: the texts.
// A process of its own, since the evaluator is an ES module and Jest loads none.
import { readFileSync } from 'node:fs';
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';

/** @type {unknown} */
const read = JSON.parse(readFileSync(0, 'utf8'));
const { contexts, texts } = /** @type {{ contexts: Record<string, unknown>, texts: Record<string, string> }} */ (read);
/** @type {unknown} */
const revived = JSON.parse(JSON.stringify(contexts), data.reviver);
const known = /** @type {data.Dictionary} */ (revived);

/** @param {string} expression */
function evaluate(expression) {
  const { tokens } = new Lexer(expression).lex();
  const value = new Evaluator(new Parser(tokens, Object.keys(contexts), []).parse(), known).evaluate();
  return value.coerceString();
}

const evaluated = Object.entries(texts).map(([name, text]) => [
  name,
  text.replace(/\$\{\{(.*?)\}\}/gs, (_all, /** @type {string} */ expression) => evaluate(expression.trim())),
]);
process.stdout.write(JSON.stringify(Object.fromEntries(evaluated)));
