import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { ExperimentError, messageOf } from '../experiment-error.js';

// protobufjs brings the other files of google/protobuf itself; custom options import this one.
protobuf.common('descriptor', descriptor.FileDescriptorProto.parent?.toJSON().nested ?? {});

/** Reads the text of a proto file by its path or URL. */
export type ProtoReader = (location: string) => Promise<Buffer>;

/**
 * Reads a proto file and what it imports. An import is looked for beside the file that names it, beside the first file, and in the
 * folders given; of a URL, beside it.
 *
 * @throws ExperimentError `task_failed`
 */
export async function loadProto(
  location: string,
  importFolders: readonly string[],
  read: ProtoReader,
): Promise<protobuf.Root> {
  const root = new protobuf.Root();
  root.resolvePath = (origin, target) => {
    if (origin === '') return target;
    if (isUrl(origin)) return new URL(target, origin).href;
    const folders = [dirname(origin), dirname(location), ...importFolders];
    return folders.map((folder) => resolve(folder, target)).find((path) => existsSync(path)) ?? target;
  };
  root.fetch = (path, callback) => {
    // Its declaration forgets that there may be no error.
    const done = callback as (error: Error | null, content?: string) => void;
    read(path).then(
      (content) => done(null, content.toString()),
      (error: unknown) => done(error instanceof Error ? error : new Error(messageOf(error))),
    );
  };
  try {
    await root.load(location, { keepCase: true });
    root.resolveAll();
    return root;
  } catch (cause) {
    if (cause instanceof ExperimentError) throw cause;
    throw new ExperimentError('task_failed', `${location}: expected a proto file, got ${messageOf(cause)}`, { cause });
  }
}

function isUrl(location: string): boolean {
  return /^https?:\/\//.test(location);
}
