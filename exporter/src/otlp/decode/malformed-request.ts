/** A request that no repetition makes better: its message says what was expected, what was got, and where. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest';
}
