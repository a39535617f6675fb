import { ExperimentError, messageOf } from '../experiment-error.js';
import { isSecretName } from './secret-name.js';
import { secretPattern } from './secret-pattern.js';

// A shorter one, such as 1, is found in any text.
const MIN_NAMED_LENGTH = 4;

/** Fills `${NAME}` in texts from the environment, and remembers what must not be shown. */
export class Secrets {
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #values = new Set<string>();

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.#environment = environment;
  }

  /** The text with each `${NAME}` replaced. @throws ExperimentError `task_failed` when a variable is not set. */
  expand(text: string): string {
    return text.replace(/\$\{([A-Za-z_]\w*)\}/g, (_whole, name: string) => {
      const value = Object.hasOwn(this.#environment, name) ? this.#environment[name] : undefined;
      if (value === undefined || value === '') {
        throw new ExperimentError('task_failed', `expected the environment variable ${name} to be set, got nothing`);
      }
      this.#values.add(value);
      return value;
    });
  }

  /** The value with every text inside it expanded; names of fields stay as they are. */
  expandAll<Value>(value: Value): Value {
    return this.#expandAny(value) as Value;
  }

  /** The text with every value that came from the environment blotted out, in each of its forms. */
  redact(text: string): string {
    const pattern = secretPattern([...this.#values]);
    return pattern === undefined ? text : text.replace(pattern, '***');
  }

  /** The same, and of every variable of the environment that is called as a secret, whether it was filled in or not. */
  redactWidely(text: string): string {
    const named = Object.entries(this.#environment).flatMap(([name, value]) =>
      value !== undefined && value.length >= MIN_NAMED_LENGTH && isSecretName(name) ? [value] : [],
    );
    const pattern = secretPattern([...this.#values, ...named]);
    return pattern === undefined ? text : text.replace(pattern, '***');
  }

  /** What `use` gives. @throws ExperimentError `task_failed` with the message of what it throws, redacted. */
  async guard<Value>(use: () => Promise<Value>): Promise<Value> {
    try {
      return await use();
    } catch (cause) {
      throw new ExperimentError('task_failed', this.redact(messageOf(cause)), { cause });
    }
  }

  #expandAny(value: unknown): unknown {
    if (typeof value === 'string') return this.expand(value);
    if (Array.isArray(value)) return value.map((item) => this.#expandAny(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#expandAny(item)]));
  }
}
