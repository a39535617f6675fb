import { ask, type Reply, type SendCommand } from '@redmeter/metric-reader';

/** One server that is looked at. It notes what its user may not do. */
export class ObservedNode {
  /** `host:port`, or the path of its socket. */
  readonly name: string;
  /** Commands that the user may not call, in small letters, as ACL rules have them: `slowlog|get`. */
  readonly refusedCommands = new Set<string>();
  /** Keys that the user may not read. */
  readonly refusedKeys = new Set<string>();
  readonly #send: SendCommand;

  constructor(name: string, send: SendCommand) {
    this.name = name;
    this.#send = send;
  }

  /**
   * Sends one command; `SLOWLOG GET` is one.
   * @throws MetricReaderError `redis_unavailable`
   */
  async ask(command: string, ...args: (string | Buffer)[]): Promise<Reply> {
    const [name = '', ...sub] = command.split(' ');
    const reply = await ask(this.#send, name, ...sub, ...args);
    if (reply.kind === 'error' && reply.message.startsWith('NOPERM')) {
      if (reply.message.includes('access')) this.refusedKeys.add(String(args[0]));
      else this.refusedCommands.add(command.toLowerCase().replace(' ', '|'));
    }
    return reply;
  }

  /** The reply as text; undefined where it is an error or nothing. */
  async askText(command: string, ...args: (string | Buffer)[]): Promise<string | undefined> {
    const reply = await this.ask(command, ...args);
    return reply.kind === 'reply' && (Buffer.isBuffer(reply.value) || typeof reply.value === 'string')
      ? reply.value.toString()
      : undefined;
  }

  /** The reply as a number; undefined where it is none. */
  async askNumber(command: string, ...args: (string | Buffer)[]): Promise<number | undefined> {
    const reply = await this.ask(command, ...args);
    return reply.kind === 'reply' && typeof reply.value === 'number' ? reply.value : undefined;
  }
}
