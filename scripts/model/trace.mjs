// Puts what the model prints into words: each step, and what Redis and the writer hold after it.

const REPLIES = ['', 'applied', 'duplicate', 'gap', 'unknown', 'dataset'];
const KEYS = ['', 'metrics-meta:dataset', 'metrics-meta:revision', 'metrics-meta:live'];
const HELD_ONCE = 1;
const EVICTED = 2;
const BATCHES = [0, 1, 2];

/**
 * @typedef {object} Step
 * @property {string} event
 * @property {string} ledger @property {string} mark
 * @property {string} data batches in the series
 * @property {number} flushed @property {number} lost @property {number} inDoubt
 */

/**
 * The steps of a trace, with the keys and the counts of the writer that it is about, and the property that its last step breaks.
 * @param {readonly string[]} events lines of the model: `@` a step, `=` the state after it, `!` a broken property
 * @returns {{ readonly steps: readonly Step[], readonly property: number }}
 */
export function readTrace(events) {
  const writers = events.flatMap((line) => /^@ (\d)/.exec(line)?.[1] ?? []);
  const writer = writers.at(-1) ?? '0';
  const property = Number(events.find((line) => line.startsWith('!'))?.slice(2));
  /** @type {Step[]} */
  const steps = [];
  /** @type {readonly string[]} */
  let step = [];
  let hasCopy = false;
  for (const line of events) {
    const [kind, ...words] = line.split(' ');
    if (kind === '@') step = words;
    else if (kind === '=' && words[0] === writer) {
      steps.push({ event: textOf(step, writer, hasCopy, Number(words.at(-1))), ...stateOf(words.map(Number)) });
      hasCopy ||= step[1] === 'copy' || step[1] === 'exchange';
    }
  }
  const last = steps.at(-1);
  if (last === undefined || property !== 1) return { steps, property };
  const [, , batch] = step;
  return { steps: [...steps.slice(0, -1), { ...last, data: twice(last.data, String(Number(batch) + 1)) }], property };
}

/** @param {string} data @param {string} batch */
function twice(data, batch) {
  return data.replace(batch, `${batch} twice`);
}

/** @param {readonly number[]} words */
function stateOf([, ledger = 0, mark = 0, data = 0, flushed = 0, lost = 0, inDoubt = 0]) {
  const held = BATCHES.filter((batch) => ((data >> (2 * batch)) & 3) === HELD_ONCE).map((batch) => String(batch + 1));
  const evicted = BATCHES.some((batch) => ((data >> (2 * batch)) & 3) === EVICTED);
  return {
    ledger: ledger === 0 ? '' : String(ledger),
    mark: mark === 0 ? '' : String(mark),
    data: evicted ? 'expired' : held.join(', '),
    ...{ flushed, lost, inDoubt },
  };
}

/**
 * @param {readonly string[]} words @param {string} focus the writer that needs no name @param {boolean} hasCopy
 * @param {number} earlier batches of an earlier process
 */
function textOf([writer = '', action = '', ...rest], focus, hasCopy, earlier) {
  const other = writer === '-' || writer === focus ? '' : 'Another writer: ';
  const index = Number(rest[0]);
  const batch = earlier === 0 ? `batch ${index + 1}` : `batch ${index + 1} as number ${index + 1 - earlier}`;
  const back = hasCopy ? 'the copy' : 'before all data';
  switch (action) {
    case 'call':
      return `${other}${callText(batch, rest.map(Number))}`;
    case 'delay':
      return `${other}Sends ${batch}. The connection breaks, the request is still on its way.`;
    case 'arrive':
      return `${other}The late request with ${batch} arrives: ${REPLIES[Number(rest[1])] ?? ''}.`;
    case 'close':
      return `${other}Closes.`;
    case 'kill':
      return `${other}The process is killed, and started again.`;
    case 'week':
      return `${other}A week passes without a write.`;
    case 'copy':
      return 'A copy of Redis is taken.';
    case 'back':
      return `Redis goes back to ${back}.`;
    case 'exchange':
      return `Redis goes back to ${back}. A copy of what it held is kept.`;
    case 'flushall':
      return 'FLUSHALL.';
    case 'remove':
      return `${other}Removed: ${KEYS[Number(rest[0])] ?? `the ${rest[0] ?? ''}`}.`;
    default:
      throw new Error(`expected a step of the model, got ${[writer, action, ...rest].join(' ')}`);
  }
}

/** @param {string} batch @param {readonly number[]} words */
function callText(batch, [, kind = 0, isAnswered, noted = 0, isGone, old = 0, isRefused]) {
  const reply = REPLIES[kind] ?? '';
  const details = [
    ...(reply === 'applied' && isRefused === 1 ? ['its series is refused'] : []),
    ...(reply === 'gap' ? [`Redis has batch ${noted}`] : []),
    ...(reply === 'unknown' || reply === 'dataset' ? [isGone === 1 ? 'gone' : 'unsure'] : []),
  ];
  const text = `Sends ${batch}: ${[reply, ...details].join(', ')}.`;
  if (isAnswered !== 1) return `${text} The reply is lost.`;
  return old > 0 ? `${text} Too old to be sent again: ${old}.` : text;
}
