import { ExperimentError } from '@redmeter/experiment';
import { ServiceError } from './service-error.js';

/** Reasons for a failed request, shared by all interfaces. */
export type FailureKind = 'invalid' | 'not-found' | 'overloaded' | 'unavailable' | 'internal';

/** Sorts an error. */
export function failureKind(error: unknown): FailureKind {
  if (error instanceof ServiceError) {
    if (error.code === 'invalid_request') return 'invalid';
    if (error.code === 'not_found') return 'not-found';
    return error.code === 'overloaded' ? 'overloaded' : 'internal';
  }
  if (!(error instanceof ExperimentError)) return 'internal';
  if (error.code === 'invalid_usage') return 'invalid';
  if (error.code === 'unknown_application') return 'not-found';
  return error.code === 'store_unavailable' ? 'unavailable' : 'internal';
}

/** The message for a client; it contains nothing of an unexpected error. */
export function failureMessage(error: unknown): string {
  const isForeseen = failureKind(error) !== 'internal';
  return isForeseen && error instanceof Error ? error.message : 'internal error; see the log of the service';
}
