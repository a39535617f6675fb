import { z } from 'zod';
import { writtenText } from './written-text.js';

/** Metadata of gRPC calls: texts by name. */
export const metadataSchema = z.record(
  z.string().regex(/^[\w.-]+$/, { error: 'a name of letters, digits, ".", "_" and "-"' }),
  writtenText,
);
