import { ExperimentError } from '../experiment-error.js';

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
      const value = this.#environment[name];
      if (value === undefined || value === '') {
        throw new ExperimentError('task_failed', `expected the environment variable ${name} to be set, got nothing`);
      }
      this.#values.add(value);
      return value;
    });
  }

  /** Every text inside a value expanded. */
  expandAll(value: unknown): unknown {
    if (typeof value === 'string') return this.expand(value);
    if (Array.isArray(value)) return value.map((item) => this.expandAll(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.expandAll(item)]));
  }

  /** The text with every value that came from the environment blotted out, as it stands and percent-encoded. */
  redact(text: string): string {
    let shown = text;
    for (const value of this.#values)
      shown = shown.replaceAll(value, '***').replaceAll(encodeURIComponent(value), '***');
    return shown;
  }
}
