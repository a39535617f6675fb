const LINE_END = '\r\n';

/** Cuts a stream of RESP2 into its values, as bytes. */
export class RespFrames {
  #rest = Buffer.alloc(0);

  /** Takes what arrived, and returns the values that are complete now. */
  push(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    for (let end = endOfValue(this.#rest, 0); end !== undefined; end = endOfValue(this.#rest, 0)) {
      frames.push(this.#rest.subarray(0, end));
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}

/** The texts of an array of bulk strings, such as a command or an answer of the merge script. */
export function readTexts(frame: Buffer): string[] {
  const texts: string[] = [];
  for (let at = frame.indexOf(LINE_END) + 2; at < frame.length;) {
    const lineEnd = frame.indexOf(LINE_END, at);
    const length = Number(frame.toString('latin1', at + 1, lineEnd));
    texts.push(frame.toString('utf8', lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
  return texts;
}

export function encodeCommand(texts: readonly string[]): Buffer {
  const parts = texts.map((text) => `$${Buffer.byteLength(text)}${LINE_END}${text}${LINE_END}`);
  return Buffer.from(`*${texts.length}${LINE_END}${parts.join('')}`);
}

/** Where the value that begins at `start` ends; undefined while some of it is missing. */
function endOfValue(bytes: Buffer, start: number): number | undefined {
  const lineEnd = bytes.indexOf(LINE_END, start);
  if (lineEnd < 0) return undefined;
  const type = String.fromCharCode(bytes[start] ?? 0);
  if (type === '+' || type === '-' || type === ':') return lineEnd + 2;
  const size = Number(bytes.toString('latin1', start + 1, lineEnd));
  if (type === '$') {
    const end = size < 0 ? lineEnd + 2 : lineEnd + 2 + size + 2;
    return end <= bytes.length ? end : undefined;
  }
  if (type !== '*') throw new Error(`expected a value of RESP2, got one of type ${type}`);
  let at: number | undefined = lineEnd + 2;
  for (let i = 0; i < size && at !== undefined; i += 1) at = endOfValue(bytes, at);
  return at;
}
