import { Command } from 'ioredis';

/** Arguments that are encoded once and may be sent several times. */
export class PreparedArguments {
  readonly texts: readonly string[];
  #encoded: string | undefined;

  constructor(texts: readonly string[]) {
    this.texts = texts;
  }

  /** The encoded arguments; computed on the first call. */
  encode(): string {
    return (this.#encoded ??= this.texts.map(encode).join(''));
  }
}

export type CommandArguments = readonly (string | PreparedArguments)[];

/** All arguments as strings. */
export function textsOf(args: CommandArguments): string[] {
  return args.flatMap((arg) => (typeof arg === 'string' ? arg : arg.texts));
}

/**
 * A command with arguments that are already encoded. ioredis copies and encodes each argument when it sends a command; for the hundreds
 * of a batch, Redis would wait for that.
 */
export class PreparedCommand extends Command {
  readonly #text: string;

  constructor(name: string, args: CommandArguments) {
    super(name, [], { replyEncoding: 'utf8' });
    let count = 1;
    let text = encode(name);
    for (const arg of args) {
      count += typeof arg === 'string' ? 1 : arg.texts.length;
      text += typeof arg === 'string' ? encode(arg) : arg.encode();
    }
    this.#text = `*${count}\r\n${text}`;
  }

  override toWritable(): string {
    return this.#text;
  }
}

/** A bulk string of the Redis serialization protocol, https://redis.io/docs/latest/develop/reference/protocol-spec/. */
function encode(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
