/** An error reply of Redis, named as ioredis names them: the command was refused, and nothing was applied. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
}
