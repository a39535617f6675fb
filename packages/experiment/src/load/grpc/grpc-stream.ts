import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { CallContent } from '../../grpc/call-content.js';
import type { GrpcStreaming } from './grpc-load-engine.js';

type Stream = ClientDuplexStream<Buffer, number>;

/** Sends the messages of a call that streams, at its pace and until its end; one that only receives is cancelled then, as in ghz. */
export function runStream(
  stream: Stream,
  { intervalMs, durationMs, receiveCount }: GrpcStreaming,
  isClientStreaming: boolean,
  { messages, count }: CallContent,
): void {
  const timers = new Set<NodeJS.Timeout>();
  let isOver = false;
  const stop = (): void => {
    isOver = true;
    for (const timer of timers) clearTimeout(timer);
  };
  const after = (delayMs: number, action: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      action();
    }, delayMs);
    timers.add(timer);
  };
  const finish = (): void => {
    if (isOver) return;
    stop();
    stream.end();
  };
  stream.once('status', stop);
  if (durationMs !== undefined) {
    after(durationMs, () => {
      if (isClientStreaming) finish();
      else stream.cancel();
    });
  }
  let received = 0;
  stream.on('data', () => {
    received += 1;
    if (!isClientStreaming && received === receiveCount) stream.cancel();
  });
  const left = messages[Symbol.iterator]();
  let sent = 0;
  const send = (): void => {
    while (!isOver) {
      const next = takeNext(left);
      if (next === 'failed') {
        stop();
        stream.cancel();
        return;
      }
      if (next === 'none') break;
      stream.write(next);
      sent += 1;
      if (intervalMs !== undefined && sent < count) {
        after(intervalMs, send);
        return;
      }
    }
    // What a call only receives may go on for as long as it may.
    if (isClientStreaming) finish();
    else stream.end();
  };
  send();
}

// A template that cannot be filled in for one message ends its call.
function takeNext(messages: Iterator<Buffer, unknown>): Buffer | 'none' | 'failed' {
  try {
    const next = messages.next();
    return next.done === true ? 'none' : next.value;
  } catch {
    return 'failed';
  }
}
