/** What a person chose to see; it stands in the address, so that it can be kept and passed on. */
export interface ViewState {
  readonly query: string;
  /** A type of metric; empty for all. */
  readonly type: string;
  readonly withOwn: boolean;
  /** Open families, with how many series of each are shown. */
  readonly open: ReadonlyMap<string, number>;
}

/** Series of a family that are shown at first. */
export const FIRST_ROWS = 50;

/** Reads what stands behind the `#` of an address. */
export function readViewState(hash: string): ViewState {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  const type = parameters.get('type') ?? '';
  return {
    query: parameters.get('q') ?? '',
    type: ['counter', 'gauge', 'histogram'].includes(type) ? type : '',
    withOwn: parameters.get('own') === '1',
    open: new Map(
      parameters.getAll('open').map((text): [string, number] => {
        // A name may have colons, too.
        const [, name = '', rows] = /^(.*?)(?::(\d*))?$/s.exec(text) ?? [];
        return [name, Number(rows ?? FIRST_ROWS) || FIRST_ROWS];
      }),
    ),
  };
}

/** What the server is asked for. */
export function eventsQuery({ query, withOwn, open }: ViewState): string {
  const parameters = new URLSearchParams();
  if (query.trim() !== '') parameters.set('q', query.trim());
  if (withOwn) parameters.set('own', '1');
  for (const [name, rows] of open)
    parameters.append('open', rows === FIRST_ROWS && !name.includes(':') ? name : `${name}:${rows}`);
  return parameters.toString();
}

/** What stands behind the `#`; empty for the view at the start. */
export function viewHash(state: ViewState): string {
  const parameters = new URLSearchParams(eventsQuery(state));
  if (state.type !== '') parameters.set('type', state.type);
  const text = parameters.toString();
  return text === '' ? '' : `#${text}`;
}
