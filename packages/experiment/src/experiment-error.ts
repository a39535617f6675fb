/** Codes of errors. */
export type ExperimentErrorCode =
  | 'invalid_spec'
  | 'invalid_result'
  | 'file_missing'
  | 'file_unreadable'
  | 'file_unwritable'
  | 'task_failed'
  | 'interrupted'
  | 'unknown_sample'
  | 'folder_exists'
  | 'hub_unavailable'
  | 'store_unavailable'
  | 'cluster_unavailable'
  | 'publishing_failed'
  | 'unknown_application'
  | 'unknown_mark'
  | 'invalid_usage';

/** The package's only error: a code for programs, a message of one line a problem for people, a cause where there is one. */
export class ExperimentError extends Error {
  override readonly name = 'ExperimentError';
  readonly code: ExperimentErrorCode;

  constructor(code: ExperimentErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** The message of whatever was thrown, without its stack. */
export function messageOf(thrown: unknown): string {
  // Not `instanceof`: an error may come from another realm.
  const isErrorLike = typeof thrown === 'object' && thrown !== null && 'message' in thrown;
  return isErrorLike ? String(thrown.message) : String(thrown);
}
