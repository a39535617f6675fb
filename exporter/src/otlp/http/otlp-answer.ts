import { endAnswer, type Exchange } from '@redmeter/http-server';
import type { ServerResponse } from 'node:http';
import type { OtlpEncoding } from '../decode/decode-body.js';
import { METRICS_RESPONSE, STATUS } from '../schema/otlp-schema.js';

const CONTENT_TYPES: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

// google.rpc.Code by HTTP status.
const RPC_CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  404: 5,
  405: 12,
  408: 4,
  413: 8,
  415: 3,
  421: 3,
  429: 8,
  503: 14,
};
const INTERNAL = 13;

/** The encoding that a Content-Type names; undefined for any other. */
export function encodingOf(contentType: string | undefined): OtlpEncoding | undefined {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type === CONTENT_TYPES.protobuf) return 'protobuf';
  return type === CONTENT_TYPES.json ? 'json' : undefined;
}

/** Points that were rejected, and why. */
export interface PartialSuccess {
  readonly rejectedDataPoints: number;
  readonly errorMessage: string;
}

/** Answers that a request is kept, all of it or but for some points. */
export function sendAccepted(response: ServerResponse, encoding: OtlpEncoding, partial?: PartialSuccess): void {
  if (encoding === 'json') {
    const partialSuccess = partial && { ...partial, rejectedDataPoints: String(partial.rejectedDataPoints) };
    send(response, encoding, Buffer.from(JSON.stringify(partial === undefined ? {} : { partialSuccess })));
  } else {
    const message = partial === undefined ? {} : { partialSuccess: partial };
    send(response, encoding, METRICS_RESPONSE.encode(message).finish());
  }
}

/** Answers that a request is not kept. */
export async function sendFailure(
  { request, response }: Exchange,
  encoding: OtlpEncoding,
  status: number,
  message: string,
): Promise<void> {
  const body = { code: RPC_CODES[status] ?? INTERNAL, message };
  const bytes = encoding === 'json' ? Buffer.from(JSON.stringify(body)) : STATUS.encode(body).finish();
  response.statusCode = status;
  response.setHeader('Content-Type', CONTENT_TYPES[encoding]);
  await endAnswer(request, response, bytes);
}

function send(response: ServerResponse, encoding: OtlpEncoding, body: Uint8Array): void {
  response.statusCode = 200;
  response.setHeader('Content-Type', CONTENT_TYPES[encoding]);
  response.end(body);
}
