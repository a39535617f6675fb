import { Command } from 'ioredis';

/** An argument: text, which is sent as UTF-8, bytes, or a number. */
export type Argument = string | Buffer | number;

/** What stands before an argument, by its length. */
const HEADS = Array.from({ length: 512 }, (_, length) => headOf(length));

/**
 * A command that is encoded in one go. For hundreds of keys ioredis takes as long for its commands as for the replies: it
 * looks at each argument several times, and copies them twice.
 */
export class EncodedCommand extends Command {
  readonly #bytes: Buffer;

  /** @param replyEncoding what bulk strings of the reply are decoded as; null leaves them bytes */
  constructor(name: string, args: readonly Argument[], replyEncoding: 'utf8' | null) {
    super(name, [], { replyEncoding });
    this.#bytes = encode([name, ...args]);
  }

  override toWritable(): Buffer {
    return this.#bytes;
  }
}

function encode(parts: readonly Argument[]): Buffer {
  const text = joined(parts, asIs);
  // Nearly always all is ASCII; to look at each argument for that would take longer than all else.
  return Buffer.from(Buffer.byteLength(text) === text.length ? text : joined(parts, inUtf8), 'latin1');
}

/** A command as Redis reads it, one character a byte. */
function joined(parts: readonly Argument[], toBytes: (text: string) => string): string {
  let text = `*${parts.length}\r\n`;
  for (const part of parts) {
    const bytes =
      typeof part === 'string' ? toBytes(part) : typeof part === 'number' ? String(part) : part.toString('latin1');
    text += `${HEADS[bytes.length] ?? headOf(bytes.length)}${bytes}\r\n`;
  }
  return text;
}

function asIs(text: string): string {
  return text;
}

function inUtf8(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function headOf(length: number): string {
  return `$${length}\r\n`;
}
