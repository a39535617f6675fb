/** A template that cannot be read or filled in: the message has the line, and what was expected and got. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
  }
}
