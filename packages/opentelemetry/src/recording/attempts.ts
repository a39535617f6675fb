/** Tries one thing after another: what fails does not prevent the others. */
export class Attempts {
  /** Those of all that failed. */
  readonly errors: Error[] = [];

  /**
   * The result of an action; undefined when it throws.
   * @param what what is recorded, for the message
   */
  try<Result>(what: string, action: () => Result): Result | undefined {
    try {
      return action();
    } catch (error) {
      this.errors.push(new Error(`redmeter: ${what} is not recorded`, { cause: error }));
      return undefined;
    }
  }
}
