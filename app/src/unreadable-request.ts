import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { problem, type ProblemCode } from './problem.js';

interface Answer {
  readonly status: number;
  readonly code: ProblemCode;
  readonly message: string;
}

const answers: Readonly<Record<string, Answer>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'headers_too_large', message: 'the request headers are too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request_timeout', message: 'the request did not arrive in time' },
};

const malformed: Answer = { status: 400, code: 'malformed_request', message: 'the request is not valid HTTP/1.1' };

/** Responds with JSON to bytes that Node cannot parse as HTTP, and closes the connection. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, code, message } = answers[error.code ?? ''] ?? malformed;
  const body = JSON.stringify(problem(code, message));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
