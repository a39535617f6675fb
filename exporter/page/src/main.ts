import { EventConnection } from './event-connection.js';
import { element, part, setText } from './element.js';
import { FamilyList } from './family-list.js';
import { LiveModel } from './live-model.js';
import { formatAge, formatNumber } from './number-format.js';
import { Panels } from './panels.js';
import type { LabelPair } from './protocol.js';
import { eventsQuery, FIRST_ROWS, readViewState, viewHash, type ViewState } from './view-state.js';

/** How long a person may have stopped typing before the filter counts, milliseconds. */
const TYPING_MS = 200;
/** A tab that nobody sees for so long stops asking, so that Redis is not read for it. */
const UNSEEN_MS = 60_000;
const ROWS_STEP = 200;

const search = part('search', HTMLInputElement);
const own = part('own', HTMLInputElement);
const toolbar = part('toolbar', HTMLFormElement);
const pause = part('pause', HTMLButtonElement);
const status = part('status', HTMLElement);
const statusText = part('status-text', HTMLElement);
const updated = part('updated', HTMLElement);
const banner = part('banner', HTMLElement);
const found = part('found', HTMLElement);
const empty = part('empty', HTMLElement);
const types = [...toolbar.querySelectorAll<HTMLInputElement>('input[name=type]')];

const model = new LiveModel();
let view = readViewState(location.hash);
let shownQuery = '';
let isPaused = false;
let downReason: string | undefined;
let isLost = false;
/** When the newest state came, by this browser's monotonic clock; undefined before the first. */
let stateAtMs: number | undefined;

const list = new FamilyList(part('list', HTMLElement), {
  toggle(name) {
    const open = new Map(view.open);
    if (!open.delete(name)) open.set(name, FIRST_ROWS);
    change({ open });
  },
  showMore(name) {
    const rows = view.open.get(name) ?? FIRST_ROWS;
    change({ open: new Map(view.open).set(name, Math.min(1000, rows + ROWS_STEP)) });
  },
  filterBy(label) {
    const term = labelTerm(label);
    if (view.query.split(' ').includes(term)) return;
    change({ query: `${view.query} ${term}`.trim() });
    search.value = view.query;
  },
});
const panels = new Panels(
  {
    tiles: part('tiles', HTMLElement),
    releases: part('releases', HTMLElement),
    writers: part('writers', HTMLElement),
    largest: part('largest', HTMLElement),
    skipped: part('skipped', HTMLElement),
  },
  (name) => {
    change({
      query: '',
      type: '',
      withOwn: view.withOwn || name.startsWith('redmeter_'),
      open: new Map(view.open).set(name, view.open.get(name) ?? FIRST_ROWS),
    });
    fillForm();
    goTo = name;
    render();
  },
);
/** A family to go to as soon as it is listed. */
let goTo: string | undefined;

const connection = new EventConnection({
  state(event) {
    downReason = undefined;
    if (event.isFirst) shownQuery = view.query.trim();
    model.apply(event, shownQuery);
    stateAtMs = performance.now();
    render();
  },
  down({ why }) {
    downReason = why;
    render();
  },
  changed(state) {
    isLost = state === 'lost';
    showStatus();
  },
});

function change(to: Partial<ViewState>): void {
  view = { ...view, ...to };
  history.replaceState(null, '', viewHash(view) || location.pathname);
  connect();
  render();
}

function connect(): void {
  if (!isPaused) connection.watch(eventsQuery(view));
}

/** Redis's time now. */
function redisNowMs(): number {
  return stateAtMs === undefined ? model.nowMs : model.nowMs + performance.now() - stateAtMs;
}

function render(): void {
  showStatus();
  if (stateAtMs === undefined) {
    showEmpty(0);
    return;
  }
  panels.update(model, redisNowMs());
  const listed = list.update(model, view);
  showFound(listed);
  showEmpty(listed);
  if (goTo !== undefined && model.families.has(goTo)) {
    list.focus(goTo);
    goTo = undefined;
  }
}

function showFound(listed: number): void {
  const all = model.totals?.families ?? 0;
  const count =
    listed === all ? `${formatNumber(all)} metrics` : `${formatNumber(listed)} of ${formatNumber(all)} metrics`;
  const more = model.more === 0 ? '' : `; ${formatNumber(model.more)} more match, narrow the filter to see them`;
  setText(found, `${count}${more}`);
}

function showEmpty(listed: number): void {
  const isEmpty = listed === 0;
  empty.hidden = !isEmpty;
  found.hidden = isEmpty;
  if (!isEmpty) return;
  const isFiltered = view.query.trim() !== '' || view.type !== '';
  const [title, text] =
    stateAtMs === undefined
      ? downReason === undefined
        ? ['Reading', 'Redis is being read for the first time.']
        : ['Nothing to show', 'Redis could not be read since this page was opened. The exporter keeps trying.']
      : isFiltered
        ? ['No match', 'No metric matches this filter and type. Esc clears the filter.']
        : ['No metrics yet', 'Redis has none yet. They appear here as soon as an application writes one.'];
  empty.replaceChildren(element('h3', {}, title), element('p', {}, text));
}

function showStatus(): void {
  const state = isPaused
    ? 'paused'
    : isLost
      ? 'lost'
      : downReason !== undefined
        ? 'down'
        : stateAtMs === undefined
          ? 'waiting'
          : 'live';
  status.dataset['state'] = state;
  const texts = { paused: 'Paused', lost: 'Exporter lost', down: 'Redis down', waiting: 'Connecting', live: 'Live' };
  setText(statusText, texts[state]);
  document.body.classList.toggle('stale', stateAtMs !== undefined && (state === 'lost' || state === 'down'));
  const reasons: Readonly<Record<string, string>> = {
    lost: 'The exporter does not answer, or too many browsers have the page open. Trying again.',
    down: `Redis cannot be read: ${downReason ?? ''}.`,
  };
  const missing = model.totals?.missingNodes ?? [];
  const missingText =
    state === 'live' && missing.length > 0
      ? `The series of ${missing.join(', ')} are missing: it cannot be read.`
      : undefined;
  const why = reasons[state] ?? missingText;
  banner.hidden = why === undefined;
  if (why !== undefined)
    setText(banner, stateAtMs === undefined || why === missingText ? why : `${why} The values below are old.`);
  showAge();
}

function showAge(): void {
  const ageMs = stateAtMs === undefined ? 0 : performance.now() - stateAtMs;
  setText(updated, stateAtMs === undefined || ageMs < 5000 ? '' : `${formatAge(ageMs)} old`);
}

/** A label as the filter takes it. */
function labelTerm([name, value]: LabelPair): string {
  const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
  const label = /^[^\s"\\!=]+$/.test(name) ? name : quoted(name);
  return `${label}=${/^[^\s"\\*]+$/.test(value) ? value : quoted(value)}`;
}

function fillForm(): void {
  search.value = view.query;
  own.checked = view.withOwn;
  for (const type of types) type.checked = type.value === view.type;
}

let typing: number | undefined;
search.addEventListener('input', () => {
  window.clearTimeout(typing);
  typing = window.setTimeout(() => change({ query: search.value }), TYPING_MS);
});
search.addEventListener('keydown', (event) => {
  if (event.key !== 'ArrowDown') return;
  event.preventDefault();
  list.focusFirst();
});
toolbar.addEventListener('submit', (event) => event.preventDefault());
own.addEventListener('change', () => change({ withOwn: own.checked }));
for (const type of types) type.addEventListener('change', () => change({ type: type.value }));

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/' && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === 'Escape' && view.query !== '') {
    window.clearTimeout(typing);
    change({ query: '' });
    search.value = '';
  }
});

pause.addEventListener('click', () => {
  isPaused = !isPaused;
  pause.setAttribute('aria-pressed', String(isPaused));
  if (isPaused) connection.stop();
  else connect();
  showStatus();
});

let unseen: number | undefined;
document.addEventListener('visibilitychange', () => {
  window.clearTimeout(unseen);
  if (document.visibilityState === 'visible') connect();
  else unseen = window.setTimeout(() => connection.stop(), UNSEEN_MS);
});
window.addEventListener('hashchange', () => {
  view = readViewState(location.hash);
  fillForm();
  connect();
  render();
});
window.setInterval(() => {
  showAge();
  if (stateAtMs !== undefined && downReason === undefined && !isPaused && !isLost) panels.tick(redisNowMs());
}, 1000);

fillForm();
connect();
render();
