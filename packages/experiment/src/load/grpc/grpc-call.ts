import { status, type Client, type StatusObject } from '@grpc/grpc-js';
import type { CallContent } from '../../grpc/call-content.js';
import type { GrpcLoadPlan } from './grpc-load-engine.js';
import { runStream } from './grpc-stream.js';
import type { SenderOutcome } from '../paced-senders.js';

/** A call under way. */
export type GrpcCall = { readonly cancel: () => void };

const same = (bytes: Buffer): Buffer => bytes;
const ignore = (): undefined => undefined;
// Answers are received but not decoded: the server is measured, not this process.
const discard = (bytes: Buffer): number => bytes.length;

/** Makes one call: sends its messages, takes all answers, and reports once how it ended. */
export function startGrpcCall(
  client: Client,
  plan: GrpcLoadPlan,
  content: CallContent,
  onEnd: (outcome: SenderOutcome) => void,
): GrpcCall {
  const { path, isClientStreaming, isServerStreaming } = plan.method;
  const options = { deadline: Date.now() + plan.timeoutMs };
  const { messages } = content;
  const metadata = content.metadata.clone();
  let call;
  if (isClientStreaming || isServerStreaming) {
    // All kinds of streaming are the same on the wire.
    const stream = client.makeBidiStreamRequest(path, same, discard, metadata, options);
    stream.on('error', ignore);
    if (plan.stream === undefined) {
      stream.resume();
      for (const message of messages) stream.write(message);
      stream.end();
    } else {
      runStream(stream, plan.stream, isClientStreaming, content);
    }
    call = stream;
  } else {
    const [message = Buffer.alloc(0)] = messages;
    call = client.makeUnaryRequest(path, same, discard, message, metadata, options, ignore);
  }
  call.once('status', (end: StatusObject) => onEnd(outcomeOf(end)));
  const made = call;
  return { cancel: () => made.cancel() };
}

function outcomeOf({ code, details, metadata }: StatusObject): SenderOutcome {
  // These the client itself gives to a call that got no answer; what a server sends comes with headers.
  const mayBeOurs = code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED || code === status.CANCELLED;
  if (!mayBeOurs || Object.keys(metadata.getMap()).length > 0) return { kind: 'answer', statusCode: code };
  const cause = /Last error: (?:Error: )?(.+?)(?:\. |\.?$)/.exec(details)?.[1];
  const name = status[code];
  return { kind: 'failure', reason: cause === undefined ? name : `${name}: ${cause}` };
}
