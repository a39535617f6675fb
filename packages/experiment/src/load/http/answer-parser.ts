import { SKIP_BODY, PAUSED, type Llhttp, type LlhttpCallbacks } from './llhttp.js';

/** How far an answer has been read. */
export type AnswerProgress =
  | { readonly kind: 'incomplete' }
  /** Of what was read, bytes behind the answer are left. */
  | { readonly kind: 'complete'; readonly hasExcess: boolean }
  | { readonly kind: 'malformed'; readonly reason: string };

// curl refuses headers above 300 kB.
const MAX_HEAD_BYTES = 300_000;
const REFUSED = -1;
const MAX_FIELD_BYTES = 16_384;
const INCOMPLETE: AnswerProgress = { kind: 'incomplete' };
const COMPLETE: AnswerProgress = { kind: 'complete', hasExcess: false };
const COMPLETE_WITH_EXCESS: AnswerProgress = { kind: 'complete', hasExcess: true };

/** Reads the answers of one connection, one at a time. Interim answers (1xx) are passed over; the rest of a 101 is another protocol. */
export class AnswerParser implements LlhttpCallbacks {
  readonly #llhttp: Llhttp;
  readonly #parser: number;
  #isHead = false;
  #isComplete = false;
  #isReadingHead = true;
  #headBytes = 0;
  readonly #fields = new Map<string, string>();
  #name = '';
  #value = '';
  #isInValue = false;

  /** The status of the answer at hand; 0 before its head is read. */
  statusCode = 0;
  /** Whether the connection can be used again after the answer at hand. */
  keepsAlive = false;
  /** Whether any byte of the answer at hand was read, interim ones included. */
  hasBegun = false;
  wantsFields = false;

  constructor(llhttp: Llhttp) {
    this.#llhttp = llhttp;
    this.#parser = llhttp.allocate();
  }

  /** Begins an answer; `wantsFields`: its header fields can be asked for. */
  begin(isHead: boolean, wantsFields: boolean): void {
    this.#isHead = isHead;
    this.wantsFields = wantsFields;
    this.#isComplete = false;
    this.#isReadingHead = true;
    this.#headBytes = 0;
    this.statusCode = 0;
    this.keepsAlive = false;
    this.hasBegun = false;
    this.#fields.clear();
    this.#llhttp.reset(this.#parser);
  }

  /** The value of a header field by its name in lower case; of several the last. */
  field(name: string): string | undefined {
    const value = this.#fields.get(name);
    return value === undefined ? undefined : Buffer.from(value, 'latin1').toString();
  }

  /** Reads the next bytes of the connection. */
  read(chunk: Uint8Array): AnswerProgress {
    this.hasBegun = true;
    if (this.#isReadingHead) this.#headBytes += chunk.length;
    const { error, bytesRead } = this.#llhttp.execute(this.#parser, chunk, this);
    if (this.#isComplete) return bytesRead < chunk.length ? COMPLETE_WITH_EXCESS : COMPLETE;
    if (error !== 0) return this.#malformed();
    if (this.#isReadingHead && this.#headBytes > MAX_HEAD_BYTES) {
      return { kind: 'malformed', reason: `malformed response: a header section of more than ${MAX_HEAD_BYTES} bytes` };
    }
    return INCOMPLETE;
  }

  /** The connection ended: an answer without a length ends with it. */
  finish(): AnswerProgress {
    const error = this.#llhttp.finish(this.#parser, this);
    if (this.#isComplete) return COMPLETE;
    return error === 0 ? INCOMPLETE : this.#malformed();
  }

  /** Gives its memory back; it reads no more. */
  free(): void {
    this.#llhttp.free(this.#parser);
  }

  onHeaderField(bytes: Uint8Array): number {
    if (!this.#isReadingHead) return 0;
    if (this.#isInValue) this.#keepField();
    this.#name = appended(this.#name, bytes);
    return 0;
  }

  onHeaderValue(bytes: Uint8Array): number {
    if (!this.#isReadingHead) return 0;
    this.#isInValue = true;
    this.#value = appended(this.#value, bytes);
    return 0;
  }

  onHeadersComplete(statusCode: number): number {
    if (this.wantsFields) this.#keepField();
    this.statusCode = statusCode;
    // llhttp takes 000; no answer has such a status.
    if (statusCode < 100) return REFUSED;
    if (isInterim(statusCode)) {
      this.#fields.clear();
      return SKIP_BODY;
    }
    this.#isReadingHead = false;
    return this.#isHead ? SKIP_BODY : 0;
  }

  onMessageComplete(): number {
    if (isInterim(this.statusCode)) return 0;
    this.#isComplete = true;
    this.keepsAlive = this.statusCode !== 101 && this.#llhttp.keepsAlive(this.#parser);
    return PAUSED;
  }

  #keepField(): void {
    if (this.#name !== '') this.#fields.set(this.#name.toLowerCase(), this.#value);
    this.#name = '';
    this.#value = '';
    this.#isInValue = false;
  }

  #malformed(): AnswerProgress {
    return { kind: 'malformed', reason: `malformed response: ${this.#llhttp.reason(this.#parser)}` };
  }
}

function isInterim(statusCode: number): boolean {
  return statusCode >= 100 && statusCode < 200 && statusCode !== 101;
}

function appended(text: string, bytes: Uint8Array): string {
  return text.length >= MAX_FIELD_BYTES ? text : text + Buffer.from(bytes).toString('latin1');
}
