import { Metadata } from '@grpc/grpc-js';
import { ExperimentError } from '../experiment-error.js';

/** The metadata of a call; values of names that end with -bin are base64. @throws ExperimentError `task_failed` */
export function callMetadata(entries: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(entries)) {
    try {
      metadata.set(name, name.toLowerCase().endsWith('-bin') ? Buffer.from(value, 'base64') : value);
    } catch (cause) {
      // The message of grpc-js repeats the value, which may be a secret.
      throw new ExperimentError('task_failed', `metadata.${name}: expected printable ASCII, got other characters`, {
        cause,
      });
    }
  }
  return metadata;
}
