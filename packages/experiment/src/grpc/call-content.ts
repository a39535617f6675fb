import type { Metadata } from '@grpc/grpc-js';
import { ExperimentError, messageOf } from '../experiment-error.js';
import { CHANCE_FUNCTIONS } from '../template/chance-functions.js';
import { compileTemplate } from '../template/fill-template.js';
import { compileJson, type JsonTemplate } from '../template/json-template.js';
import type { TemplateFunction } from '../template/template-function.js';
import { TEMPLATE_FUNCTIONS } from '../template/template-functions.js';
import { callDataOf, type CallData } from './call-data.js';
import { callMetadata } from './call-metadata.js';
import type { GrpcMethod } from './grpc-method.js';
import { encodeMessage } from './message-json.js';

/** What one call sends. The messages of a stream may be made one by one. */
export type CallContent = {
  readonly metadata: Metadata;
  readonly messages: Iterable<Buffer>;
  /** How many messages there are. */
  readonly count: number;
};

/** Gives what a call sends; requests and workers count from 0. @throws ExperimentError when a template cannot be filled in. */
export type CallContentSource = (request: number, worker: number) => CallContent;

/** What the messages of calls are made from: JSON, of which a list holds several; the text of such JSON, which templates complete; messages. */
export type MessageData =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'binary'; readonly messages: readonly Buffer[] };

/** What a load sends, apart from the method that it calls. */
export type CallInput = {
  readonly data: MessageData;
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether `{{` begins a template, and whether templates may call functions. */
  readonly templates: 'off' | 'without functions' | 'on';
  /** How many messages a call sends that streams to the server: those there are over and over. Undefined: each once. */
  readonly streamCount?: number;
  /** Whether the templates of a stream are filled in for each message, not once a call. */
  readonly isPerMessage: boolean;
};

type Message = Buffer | ((values: CallData) => Buffer);
type Functions = ReadonlyMap<string, TemplateFunction>;

const ALL_FUNCTIONS: Functions = new Map([...TEMPLATE_FUNCTIONS, ...CHANCE_FUNCTIONS]);
const NO_FUNCTIONS: Functions = new Map();
const MAX_TRIED = 1000;

/**
 * Makes ready what the calls of a method send: without a template it is encoded once; else each call has its own. Of a list each call takes the
 * next message, and one that streams to the server sends all.
 *
 * @throws ExperimentError `task_failed` for a template or a message that is wrong.
 */
export function callContents(method: GrpcMethod, input: CallInput): CallContentSource {
  const { templates, metadata } = input;
  const functions = templates === 'on' ? ALL_FUNCTIONS : NO_FUNCTIONS;
  const compile = (value: unknown): JsonTemplate => (templates === 'off' ? undefined : compileJson(value, functions));
  const listOf = within('data', () => messageLists(method, input.data, compile, functions));
  const filledMetadata = within('metadata', () => compile(metadata));
  const isDynamic = typeof listOf === 'function' || listOf.some((message) => typeof message === 'function');
  if (!isDynamic && filledMetadata === undefined) {
    const fixed = callMetadata(metadata);
    const lists = method.isClientStreaming ? [listOf] : listOf.map((message) => [message]);
    const contents = lists.map((list) => {
      const messages = repeated(method, input, list as readonly Buffer[]);
      return { metadata: fixed, messages, count: messages.length };
    });
    return (request) => contents[request % contents.length] ?? { metadata: fixed, messages: [], count: 0 };
  }
  const valuesOf = callDataOf(method);
  const source: CallContentSource = (request, worker) => {
    const values = valuesOf(request, worker);
    const given = filledMetadata === undefined ? metadata : within('metadata', () => filledMetadata(values));
    const list = typeof listOf === 'function' ? within('data', () => listOf(values)) : listOf;
    const own = method.isClientStreaming ? list : list.slice(request % list.length, (request % list.length) + 1);
    const each = (): CallData => valuesOf(request, worker);
    const isStream = method.isClientStreaming && input.isPerMessage;
    const messages = isStream
      ? made(repeated(method, input, own), each)
      : repeated(method, input, [...made(own, () => values)]);
    return { metadata: callMetadata(given as CallInput['metadata']), messages, count: countOf(method, input, own) };
  };
  // So that what is wrong is found before the first call.
  const tried = typeof listOf === 'function' || method.isClientStreaming ? 1 : Math.min(listOf.length, MAX_TRIED);
  for (let request = 0; request < tried; request += 1) Array.from(source(request, 0).messages);
  return source;
}

/** The messages there are; of a text that is JSON only when it is filled in, how to find them. */
function messageLists(
  method: GrpcMethod,
  data: MessageData,
  compile: (value: unknown) => JsonTemplate,
  functions: Functions,
): readonly Message[] | ((values: CallData) => readonly Message[]) {
  if (data.kind === 'binary') return data.messages;
  const encode = (json: unknown, path: string): Buffer => encodeMessage(method.requestType, json, path);
  const messageOf = (json: unknown, path: string): Message => {
    const filled = compile(json);
    return filled === undefined ? encode(json, path) : (values) => encode(filled(values), path);
  };
  if (data.kind === 'json') return listed(data.value).map(([json, path]) => messageOf(json, path));
  const fill = compileTemplate(data.text, functions);
  return (values) => listed(parsed(fill(values))).map(([json, path]) => encode(json, path));
}

function listed(json: unknown): (readonly [json: unknown, path: string])[] {
  if (!Array.isArray(json)) return [[json, 'data']];
  if (json.length === 0) throw new ExperimentError('task_failed', 'data: expected at least one message, got none');
  return json.map((message: unknown, index) => [message, `data[${index}]`]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `data: expected JSON when its templates are filled in, got ${messageOf(cause)}`;
    throw new ExperimentError('task_failed', message, { cause });
  }
}

function repeated<Item>(
  { isClientStreaming }: GrpcMethod,
  { streamCount }: CallInput,
  items: readonly Item[],
): readonly Item[] {
  if (streamCount === undefined || !isClientStreaming) return items;
  return Array.from({ length: streamCount }, (_, index) => items[index % items.length] as Item);
}

function countOf({ isClientStreaming }: GrpcMethod, { streamCount }: CallInput, items: readonly Message[]): number {
  return isClientStreaming ? (streamCount ?? items.length) : items.length;
}

function* made(messages: readonly Message[], values: () => CallData): Generator<Buffer> {
  for (const message of messages) {
    yield typeof message === 'function' ? within('data', () => message(values())) : message;
  }
}

function within<Value>(field: string, make: () => Value): Value {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof ExperimentError) throw cause;
    throw new ExperimentError('task_failed', `${field}: ${messageOf(cause)}`, { cause });
  }
}
