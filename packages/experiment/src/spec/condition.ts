/** The condition of a task: when it does not hold, the task is skipped. */
export type Condition =
  | { readonly kind: 'slos' }
  | { readonly kind: 'slosBy'; readonly version: number }
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'not'; readonly operand: Condition }
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition };

/** What a condition may ask about the results so far. */
export type ConditionFacts = {
  /** Do all versions satisfy all SLOs? */
  readonly areSlosSatisfied: () => boolean;
  /** Does the version with this index satisfy all SLOs? */
  readonly areSlosSatisfiedBy: (version: number) => boolean;
};

/** A condition, or what was expected where. */
export type ConditionParse =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly expected: string; readonly got: string };

const FORM = 'SLOs(), SLOsBy(i), true, false, joined by and, or, not and parentheses';

/** Reads a condition; `&&`, `||` and `!` are and, or and not; `not` binds before `and`, `and` before `or`. */
export function parseCondition(text: string): ConditionParse {
  const tokens = [...text.matchAll(/\s*(SLOsBy|SLOs|[A-Za-z_]\w*|\d+|&&|\|\||[!()]|\S)/g)].map(
    (match) => match[1] ?? '',
  );
  const reader = new ConditionReader(tokens);
  try {
    return { ok: true, condition: reader.readAll() };
  } catch (error) {
    if (error instanceof UnexpectedToken) return { ok: false, expected: error.expected, got: error.got };
    throw error;
  }
}

/** Whether a condition holds. */
export function evaluateCondition(condition: Condition, facts: ConditionFacts): boolean {
  switch (condition.kind) {
    case 'slos':
      return facts.areSlosSatisfied();
    case 'slosBy':
      return facts.areSlosSatisfiedBy(condition.version);
    case 'constant':
      return condition.value;
    case 'not':
      return !evaluateCondition(condition.operand, facts);
    case 'and':
      return evaluateCondition(condition.left, facts) && evaluateCondition(condition.right, facts);
    case 'or':
      return evaluateCondition(condition.left, facts) || evaluateCondition(condition.right, facts);
  }
}

/** Whether a condition depends on SLOs. */
export function asksAboutSlos(condition: Condition): boolean {
  switch (condition.kind) {
    case 'slos':
    case 'slosBy':
      return true;
    case 'constant':
      return false;
    case 'not':
      return asksAboutSlos(condition.operand);
    case 'and':
    case 'or':
      return asksAboutSlos(condition.left) || asksAboutSlos(condition.right);
  }
}

class UnexpectedToken extends Error {
  readonly expected: string;
  readonly got: string;

  constructor(expected: string, got: string | undefined) {
    super(expected);
    this.expected = expected;
    this.got = got === undefined ? 'the end of the condition' : JSON.stringify(got);
  }
}

class ConditionReader {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  readAll(): Condition {
    const condition = this.#readOr();
    if (this.#next < this.#tokens.length) throw new UnexpectedToken('and, or, or the end', this.#tokens[this.#next]);
    return condition;
  }

  #readOr(): Condition {
    let left = this.#readAnd();
    while (this.#take('or', '||')) left = { kind: 'or', left, right: this.#readAnd() };
    return left;
  }

  #readAnd(): Condition {
    let left = this.#readNot();
    while (this.#take('and', '&&')) left = { kind: 'and', left, right: this.#readNot() };
    return left;
  }

  #readNot(): Condition {
    if (this.#take('not', '!')) return { kind: 'not', operand: this.#readNot() };
    if (this.#take('(')) {
      const inner = this.#readOr();
      this.#expect(')');
      return inner;
    }
    if (this.#take('SLOs')) {
      this.#expect('(');
      this.#expect(')');
      return { kind: 'slos' };
    }
    if (this.#take('SLOsBy')) {
      this.#expect('(');
      const version = this.#tokens[this.#next];
      if (version === undefined || !/^\d+$/.test(version)) throw new UnexpectedToken('the index of a version', version);
      this.#next += 1;
      this.#expect(')');
      return { kind: 'slosBy', version: Number(version) };
    }
    if (this.#take('true')) return { kind: 'constant', value: true };
    if (this.#take('false')) return { kind: 'constant', value: false };
    throw new UnexpectedToken(FORM, this.#tokens[this.#next]);
  }

  #take(...spellings: readonly string[]): boolean {
    const token = this.#tokens[this.#next];
    if (token === undefined || !spellings.includes(token)) return false;
    this.#next += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw new UnexpectedToken(JSON.stringify(token), this.#tokens[this.#next]);
  }
}
