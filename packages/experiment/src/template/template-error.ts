/** A template that cannot be read or filled in: the message says what was expected and got, and in which line. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
  }
}
