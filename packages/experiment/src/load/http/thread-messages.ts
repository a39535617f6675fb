import type { LoadCourse } from '../load-engine.js';
import type { LoadReading, LoadRecord } from '../load-recorder.js';
import type { LoadShare } from '../pacer.js';
import type { HttpLoadPlan } from './http-load-plan.js';

/** What a thread is given when it is made. */
export type ThreadWork = { readonly plan: HttpLoadPlan; readonly reading: LoadReading; readonly share: LoadShare };

/**
 * What is ordered of a thread: when to start, in milliseconds since the epoch; to report what it recorded so far; to send no more; or to give up.
 */
export type ThreadOrder =
  { readonly kind: 'start'; readonly epochMs: number } | { readonly kind: 'record' | 'end' | 'stop' };

/** What a thread reports. */
export type ThreadNews =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly requests: number }
  | { readonly kind: 'record'; readonly record: LoadRecord }
  | { readonly kind: 'done'; readonly record: LoadRecord; readonly course: LoadCourse };
