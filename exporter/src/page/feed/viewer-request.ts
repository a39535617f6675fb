import { SeriesFilter } from '../series/series-filter.js';

/** The query of a browser. */
export interface ViewerRequest {
  readonly filter: SeriesFilter;
  /** Names of the families whose series are shown, with how many of them. */
  readonly open: ReadonlyMap<string, number>;
  /** Whether redmeter's own families are listed. */
  readonly withOwn: boolean;
}

const MAX_QUERY_CHARACTERS = 500;
const MAX_OPEN = 20;
const DEFAULT_ROWS = 50;
const MAX_ROWS = 1000;

/** Reads `q=endpoint%3Djoin&open=wait_ms&open=jobs_total:200&own=1`; what exceeds the limits is ignored. */
export function viewerRequest(parameters: URLSearchParams): ViewerRequest {
  const open = new Map<string, number>();
  for (const text of parameters.getAll('open').slice(0, MAX_OPEN)) {
    // A name may have colons, too.
    const [, name = '', rows = DEFAULT_ROWS] = /^(.*?)(?::(\d*))?$/s.exec(text) ?? [];
    const wanted = Number(rows);
    open.set(name, Number.isInteger(wanted) && wanted > 0 ? Math.min(wanted, MAX_ROWS) : DEFAULT_ROWS);
  }
  return {
    filter: new SeriesFilter((parameters.get('q') ?? '').slice(0, MAX_QUERY_CHARACTERS)),
    open,
    withOwn: parameters.get('own') === '1',
  };
}
