import build from 'undici/lib/llhttp/llhttp-wasm.js';

/** What llhttp calls while it reads an answer; each returns 0 to go on, or an error number. */
export type LlhttpCallbacks = {
  /** Whether the bytes of header fields are wanted. */
  readonly wantsFields: boolean;
  readonly onHeaderField: (bytes: Uint8Array) => number;
  readonly onHeaderValue: (bytes: Uint8Array) => number;
  /** Returns {@link SKIP_BODY} where no body follows. */
  readonly onHeadersComplete: (statusCode: number) => number;
  readonly onMessageComplete: () => number;
};

/** `onHeadersComplete`: this message has no body. */
export const SKIP_BODY = 1;
/** The error number by which a callback halts llhttp. */
export const PAUSED = 21;

const TYPE_RESPONSE = 2;

type Exports = {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(bytes: number): number;
  free(pointer: number): void;
  llhttp_alloc(type: number): number;
  llhttp_free(parser: number): void;
  llhttp_reset(parser: number): void;
  llhttp_execute(parser: number, data: number, bytes: number): number;
  llhttp_finish(parser: number): number;
  llhttp_should_keep_alive(parser: number): number;
  llhttp_get_error_pos(parser: number): number;
  llhttp_get_error_reason(parser: number): number;
  llhttp_set_lenient_headers(parser: number, isOn: number): void;
  llhttp_set_lenient_chunked_length(parser: number, isOn: number): void;
  llhttp_set_lenient_optional_cr_before_lf(parser: number, isOn: number): void;
  llhttp_set_lenient_optional_lf_after_cr(parser: number, isOn: number): void;
  llhttp_set_lenient_spaces_after_chunk_size(parser: number, isOn: number): void;
};

type WebAssemblyRuntime = {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: unknown };
};

/** llhttp, the parser of Node and undici, for answers. One instance reads for all connections of a thread. */
export class Llhttp {
  readonly #exports: Exports;
  #callbacks: LlhttpCallbacks | undefined;
  #chunkAt = 0;
  #chunkCapacity = 0;

  constructor() {
    // The types of Node 20 leave WebAssembly out.
    const { Instance, Module } = (globalThis as unknown as { WebAssembly: WebAssemblyRuntime }).WebAssembly;
    const bytesAt = (at: number, count: number): Uint8Array => new Uint8Array(this.#exports.memory.buffer, at, count);
    this.#exports = new Instance(new Module(build), {
      env: {
        wasm_on_url: () => 0,
        wasm_on_status: () => 0,
        wasm_on_message_begin: () => 0,
        wasm_on_header_field: (_parser: number, at: number, count: number) =>
          this.#callbacks?.wantsFields === true ? this.#callbacks.onHeaderField(bytesAt(at, count)) : 0,
        wasm_on_header_value: (_parser: number, at: number, count: number) =>
          this.#callbacks?.wantsFields === true ? this.#callbacks.onHeaderValue(bytesAt(at, count)) : 0,
        wasm_on_headers_complete: (_parser: number, statusCode: number) =>
          this.#callbacks?.onHeadersComplete(statusCode) ?? 0,
        wasm_on_body: () => 0,
        wasm_on_message_complete: () => this.#callbacks?.onMessageComplete() ?? 0,
      },
    }).exports as Exports;
  }

  /**
   * Allocates a parser, which takes what curl takes beyond the letter of RFC 9112: lines that end with LF alone, control characters in
   * values, a length beside chunks, spaces behind the size of a chunk.
   */
  allocate(): number {
    const parser = this.#exports.llhttp_alloc(TYPE_RESPONSE);
    this.#exports.llhttp_set_lenient_headers(parser, 1);
    this.#exports.llhttp_set_lenient_chunked_length(parser, 1);
    this.#exports.llhttp_set_lenient_optional_cr_before_lf(parser, 1);
    this.#exports.llhttp_set_lenient_optional_lf_after_cr(parser, 1);
    this.#exports.llhttp_set_lenient_spaces_after_chunk_size(parser, 1);
    return parser;
  }

  free(parser: number): void {
    this.#exports.llhttp_free(parser);
  }

  /** Makes the parser ready for the next answer. */
  reset(parser: number): void {
    this.#exports.llhttp_reset(parser);
  }

  /** Reads a chunk. @returns the error number, and how many bytes were read before it. */
  execute(parser: number, chunk: Uint8Array, callbacks: LlhttpCallbacks): { error: number; bytesRead: number } {
    if (chunk.length > this.#chunkCapacity) {
      if (this.#chunkCapacity > 0) this.#exports.free(this.#chunkAt);
      this.#chunkAt = this.#exports.malloc(chunk.length);
      this.#chunkCapacity = chunk.length;
    }
    new Uint8Array(this.#exports.memory.buffer, this.#chunkAt, chunk.length).set(chunk);
    this.#callbacks = callbacks;
    const error = this.#exports.llhttp_execute(parser, this.#chunkAt, chunk.length);
    this.#callbacks = undefined;
    const bytesRead = error === 0 ? chunk.length : this.#exports.llhttp_get_error_pos(parser) - this.#chunkAt;
    return { error, bytesRead };
  }

  /** Tells the parser that the connection ended. @returns the error number. */
  finish(parser: number, callbacks: LlhttpCallbacks): number {
    this.#callbacks = callbacks;
    const error = this.#exports.llhttp_finish(parser);
    this.#callbacks = undefined;
    return error;
  }

  /** Whether the connection can be used again, asked when a message is complete. */
  keepsAlive(parser: number): boolean {
    return this.#exports.llhttp_should_keep_alive(parser) === 1;
  }

  /** Why the parser stopped, in llhttp's words. */
  reason(parser: number): string {
    const at = this.#exports.llhttp_get_error_reason(parser);
    if (at === 0) return '';
    const memory = new Uint8Array(this.#exports.memory.buffer);
    return Buffer.from(memory.subarray(at, memory.indexOf(0, at))).toString('latin1');
  }
}
