/** Whether the next request is to fail. */
export type FailureSchedule = () => boolean;

/**
 * Fails a share of all requests, spread evenly: of any n consecutive requests, that share, plus or minus one. It counts instead of drawing random
 * numbers, so that a short load has the configured share.
 *
 * @param rate From 0 (none) to 1 (all).
 */
export function failureSchedule(rate: number): FailureSchedule {
  let requests = 0;
  return () => {
    requests += 1;
    return Math.floor(requests * rate) > Math.floor((requests - 1) * rate);
  };
}
