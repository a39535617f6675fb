/** A call of the merge script, by the tables of the specification. */
export interface MergeCall {
  /** How the script was named: `evalsha` with its SHA-1, `eval` with its text. */
  readonly command: 'eval' | 'evalsha';
  readonly script: string;
  readonly keys: readonly string[];
  readonly args: readonly string[];
  /** KEYS 1 to 4. */
  readonly indexKeys: readonly string[];
  readonly ledger: string;
  /** The writer's id, from the key of the ledger. */
  readonly incarnation: string;
  readonly format: string;
  readonly shards: string;
  readonly dataset: string;
  readonly freshDataset: string;
  readonly batch: number;
  readonly ageMs: number;
  readonly ttlMs: number;
  readonly familyKeys: readonly string[];
  readonly families: readonly string[];
  readonly seriesKeys: readonly string[];
  readonly operations: readonly string[];
  readonly mark: Mark | undefined;
}

/** The last key and the last three arguments of a writer with a mark. */
interface Mark {
  readonly key: string;
  readonly note: string;
  readonly resumesAfter: string;
  readonly revision: string;
}

/** Where the fixed parts of a call end. */
const FIXED_KEYS = 5;
const FIXED_ARGUMENTS = 8;

/**
 * Reads a command as a call of the merge script: undefined for another command, a text that says what was expected for a call that is not
 * laid out as one.
 */
export function readMergeCall(words: readonly string[]): MergeCall | string | undefined {
  const command = words[0]?.toLowerCase();
  if (command !== 'eval' && command !== 'evalsha') return undefined;
  const keyTotal = Number(words[2]);
  if (!Number.isSafeInteger(keyTotal) || keyTotal < 0) return undefined;
  const keys = words.slice(3, 3 + keyTotal);
  const args = words.slice(3 + keyTotal);
  if (!keys.some((key) => key.includes('-meta:'))) return undefined;
  const familyTotal = Number(args[7]);
  if (!Number.isSafeInteger(familyTotal) || familyTotal < 0) return 'argument 8, the number of families';
  const ledger = keys[FIXED_KEYS - 1] ?? '';
  const [, base = '', incarnation] = /^(.*):writer:(.*)$/.exec(ledger) ?? [];
  if (incarnation === undefined) return 'key 5 of the ledger, <prefix>-meta:writer:<incarnation>';
  const lastKey = keys.at(-1) ?? '';
  const hasMark = lastKey === `${base}:mark:${incarnation}`;
  const seriesEnd = keys.length - (hasMark ? 1 : 0);
  const operationsEnd = args.length - (hasMark ? 3 : 0);
  const seriesKeys = keys.slice(FIXED_KEYS + familyTotal, seriesEnd);
  const operations = args.slice(FIXED_ARGUMENTS + familyTotal, operationsEnd);
  if (seriesKeys.length !== operations.length || operationsEnd < FIXED_ARGUMENTS + familyTotal) {
    return `one argument for each of ${seriesKeys.length} series`;
  }
  const [format = '', shards = '', dataset = '', freshDataset = '', batch, ageMs, ttlMs] = args;
  const [note = '', resumesAfter = '', revision = ''] = args.slice(-3);
  return {
    ...{ command, script: words[1] ?? '', keys, args, ledger, incarnation, format, shards, dataset, freshDataset },
    indexKeys: keys.slice(0, FIXED_KEYS - 1),
    batch: Number(batch),
    ageMs: Number(ageMs),
    ttlMs: Number(ttlMs),
    familyKeys: keys.slice(FIXED_KEYS, FIXED_KEYS + familyTotal),
    families: args.slice(FIXED_ARGUMENTS, FIXED_ARGUMENTS + familyTotal),
    ...{ seriesKeys, operations },
    mark: hasMark ? { key: lastKey, note, resumesAfter, revision } : undefined,
  };
}
