/** Whether the next request is to fail. */
export type FailureSchedule = () => boolean;

/**
 * Fails a share of all requests, spread evenly: of any n in a row, the share of n, give or take one. Counted and not drawn, so
 * that a short load meets the share that was asked for.
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
