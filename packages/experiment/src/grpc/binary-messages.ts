import protobuf from 'protobufjs';
import { ExperimentError, messageOf } from '../experiment-error.js';

/**
 * The messages of a file as protobuf writes them: several, each after its length (as `writeDelimitedTo` does), else one. What is neither is an
 * error.
 *
 * @throws ExperimentError `task_failed`
 */
export function binaryMessages(type: protobuf.Type, content: Buffer, field: string): Buffer[] {
  const several = delimited(type, content);
  if (several !== undefined && several.length > 0) return several;
  try {
    type.decode(content);
    return [content];
  } catch (cause) {
    const message = `${field}: expected a message ${type.name}, or several with length prefixes, got ${messageOf(cause)}`;
    throw new ExperimentError('task_failed', message, { cause });
  }
}

function delimited(type: protobuf.Type, content: Buffer): Buffer[] | undefined {
  const reader = protobuf.Reader.create(content);
  const messages: Buffer[] = [];
  try {
    while (reader.pos < reader.len) {
      const message = Buffer.from(reader.bytes());
      type.decode(message);
      messages.push(message);
    }
    return messages;
  } catch {
    // Then it is one message.
    return undefined;
  }
}
