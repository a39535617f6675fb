const ANSWERS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/**
 * The answer to bytes that are no request, the last one of their connection.
 * @returns undefined where the error is one of the connection itself, which takes no answer
 */
export function clientErrorAnswer({ code = '' }: NodeJS.ErrnoException): string | undefined {
  if (!code.startsWith('HPE_') && ANSWERS[code] === undefined) return undefined;
  return `HTTP/1.1 ${ANSWERS[code] ?? '400 Bad Request'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
}
