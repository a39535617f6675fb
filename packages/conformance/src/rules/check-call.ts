import { buildSeriesKey, FORMAT_VERSION, internalKeys, parseSeriesKey, type KeySpace } from '@redmeter/metric-format';
import { shortened } from '../protocol/read-answers.js';
import type { Finding, RequirementId } from '../requirement.js';
import type { MergeCall } from '../wire/merge-call.js';
import { checkFamily } from './check-family.js';
import { checkOperation } from './check-operation.js';

/** Series that a call may have. */
const MAX_SERIES = 1000;
const FRESH_ID = /^[A-Za-z0-9-]{8,}$/;
const INCARNATION = /^[A-Za-z0-9-]{16,}$/;
const NOTE = /^[A-Za-z0-9,.-]{0,256}$/;

/** What a call of the merge script must look like, whatever was called before. */
export interface CallContext {
  readonly prefix: string;
  readonly ttlMs: number;
  /** The text of the merge script, and its SHA-1. */
  readonly script: string;
  readonly sha: string;
}

/** What is wrong with a call by itself. */
export function* checkCall(call: MergeCall, context: CallContext): Generator<Finding> {
  const finding = (requirement: RequirementId, expected: string, got: string): Finding => {
    return { requirements: [requirement], expected, got: shortened(got) };
  };
  const { prefix, script, sha, ttlMs } = context;
  const isScript = call.command === 'evalsha' ? call.script.toLowerCase() === sha : call.script === script;
  if (!isScript) yield finding('W-12', `the published script (SHA-1 ${sha})`, call.script);

  const space = keySpace(call, prefix);
  const keys = internalKeys(space);
  const indexKeys = [keys.dataset, keys.revision, keys.changed, keys.live];
  if (indexKeys.some((key, i) => call.indexKeys[i] !== key)) {
    yield finding('W-13', `keys 1 to 4 ${indexKeys.join(' ')}`, call.indexKeys.join(' '));
  }
  if (call.ledger !== keys.writer(call.incarnation)) {
    yield finding('W-13', `key 5 ${keys.writer('<incarnation>')}`, call.ledger);
  }
  if (!INCARNATION.test(call.incarnation)) {
    yield finding('W-27', 'an incarnation of at least 16 letters, digits and -', call.incarnation);
  }
  if (call.format !== String(FORMAT_VERSION)) yield finding('W-13', `format ${FORMAT_VERSION}`, call.format);
  if (!FRESH_ID.test(call.freshDataset)) {
    yield finding('W-16', 'argument 4: a random id of letters, digits and -', call.freshDataset);
  }
  if (!Number.isSafeInteger(call.ageMs) || call.ageMs < 0) {
    yield finding('W-17', 'argument 6: whole milliseconds of at least 0', String(call.args[5]));
  }
  if (call.ttlMs !== ttlMs) yield finding('W-18', `argument 7: ${ttlMs} ms as configured`, String(call.args[6]));
  if (call.seriesKeys.length > MAX_SERIES) {
    yield finding('W-15', `at most ${MAX_SERIES} series`, String(call.seriesKeys.length));
  }
  if (call.mark !== undefined && !NOTE.test(call.mark.note)) {
    yield finding('W-50', 'a note of at most 256 letters, digits, commas, dots and -', call.mark.note);
  }
  yield* checkFamilies(call, space);
  yield* checkSeries(call, space);
}

function keySpace({ indexKeys: [first = ''] }: MergeCall, prefix: string): KeySpace {
  const tag = /^[^{]*\{([^}]+)\}:/.exec(first)?.[1];
  return tag === undefined ? { prefix } : { prefix, tag };
}

function* checkFamilies(call: MergeCall, space: KeySpace): Generator<Finding> {
  const { familyKeys, families, seriesKeys } = call;
  const keys = internalKeys(space);
  if (new Set(familyKeys).size < familyKeys.length) {
    yield { requirements: ['W-14'], expected: 'each family once', got: familyKeys.join(' ') };
  }
  const used = new Set(seriesKeys.map((key) => keys.family('') + encodedNameOf(key, space)));
  const unlike = familyKeys.find((key) => !used.has(key)) ?? [...used].find((key) => !familyKeys.includes(key));
  if (unlike !== undefined) {
    yield {
      requirements: ['W-14'],
      expected: 'the families of the series',
      got: `${familyKeys.join(' ')}, not so ${unlike}`,
    };
  }
  for (const text of families) yield* checkFamily(text);
}

function* checkSeries(call: MergeCall, space: KeySpace): Generator<Finding> {
  const seen = new Map<string, boolean>();
  for (const [i, key] of call.seriesKeys.entries()) {
    const head = `${space.prefix}:`;
    if (!key.startsWith(head)) {
      yield { requirements: ['W-13'], expected: `a key that begins with ${head}`, got: shortened(key) };
      continue;
    }
    const parsed = parseSeriesKey(Buffer.from(key), space.prefix);
    if (parsed.kind === 'skipped') {
      const requirement = KEY_REQUIREMENTS[parsed.reason] ?? 'W-4';
      yield {
        requirements: [requirement],
        expected: 'a key that readers read',
        got: `${shortened(key)} (${parsed.reason})`,
      };
      continue;
    }
    const { type, name, labels } = parsed.id;
    const canonical = buildSeriesKey(space, type, name, labels);
    if (canonical !== key) yield { requirements: ['W-4'], expected: `the key ${canonical}`, got: key };
    const operation = call.operations[i] ?? '';
    const familyKey = internalKeys(space).family(name);
    yield* checkOperation(operation, {
      type,
      place: call.familyKeys.indexOf(familyKey) + 1,
      family: familyOf(call, familyKey),
    });
    const isRemoval = /"remove"\s*:\s*true/.test(operation);
    if (seen.has(key) && !(seen.get(key) === true && !isRemoval)) {
      yield { requirements: ['W-14'], expected: 'each key once', got: `${shortened(key)} twice` };
    }
    seen.set(key, isRemoval);
  }
}

const KEY_REQUIREMENTS: Readonly<Partial<Record<string, RequirementId>>> = {
  invalid_name: 'W-1',
  reserved_name: 'W-1',
  invalid_label_name: 'W-2',
  reserved_label: 'W-2',
  label_value_too_long: 'W-3',
  invalid_utf8: 'W-3',
  too_many_labels: 'W-3',
};

/** The name of a series as its key and that of its family have it. */
function encodedNameOf(key: string, { prefix, tag }: KeySpace): string {
  const head = tag === undefined ? `${prefix}:` : `${prefix}:{${tag}}:`;
  return key.slice(head.length).split(':')[1] ?? '';
}

function familyOf({ familyKeys, families }: MergeCall, familyKey: string): string {
  return families[familyKeys.indexOf(familyKey)] ?? '';
}
