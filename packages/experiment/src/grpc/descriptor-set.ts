import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { ExperimentError, messageOf } from '../experiment-error.js';

/** What describes one proto file. */
export type FileDescriptor = protobuf.Message & { readonly name?: string; readonly dependency?: readonly string[] };

/** The types and services that files describe. */
export function descriptorRoot(files: readonly FileDescriptor[]): protobuf.Root {
  // The extension declares it on instances, but adds it to the class.
  const { Root } = protobuf as unknown as { Root: { fromDescriptor(set: object): protobuf.Root } };
  const root = Root.fromDescriptor({ file: files });
  root.resolveAll();
  return root;
}

/**
 * Reads a compiled descriptor set, as `protoc --include_imports --descriptor_set_out` writes it.
 *
 * @param field The field of the spec that names it, for errors.
 * @throws ExperimentError `task_failed`
 */
export function descriptorSetRoot(field: string, content: Buffer): protobuf.Root {
  try {
    const { file = [] } = descriptor.FileDescriptorSet.decode(content) as { readonly file?: readonly FileDescriptor[] };
    if (file.length === 0) throw new Error('a set of no files');
    return descriptorRoot(file);
  } catch (cause) {
    const message = `${field}: expected a descriptor set (protoc --include_imports --descriptor_set_out), got ${messageOf(cause)}`;
    throw new ExperimentError('task_failed', message, { cause });
  }
}
