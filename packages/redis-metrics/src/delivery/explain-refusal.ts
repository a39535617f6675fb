import { internalKeys, MAX_RECORD_BYTES, type DropReason } from '@redmeter/metric-format';
import type { Series } from '../recording/series/series.js';
import { shownList, shownValue } from '../errors/shown-value.js';

/**
 * Explains in one line of bounded length why Redis refused a series: what Redis has and under which key, what this process has, and
 * what to do. Undefined when there is nothing to add to the reason.
 * @param found what Redis has, as the merge script reports it; undefined when it does not
 */
export function explainRefusal(reason: DropReason, series: Series, found: string | undefined): string | undefined {
  const { family } = series;
  const { bounds = [], mode = '' } = family.layout();
  const key = shownKey(series.key);
  const familyKey = shownKey(internalKeys(family.scope.shards.spaceOf(series.key)).family(family.name));
  switch (reason) {
    case 'type_conflict':
      return `Redis has it as a ${shownWord(found, 'metric of another type')} (${familyKey}), this process as a ${family.type} (${key}); rename one of the two, or delete the keys of the other type once no process writes them`;
    case 'mode_conflict':
      return `Redis has mode ${shownWord(found, 'another')} (${familyKey}, ${key}), this process mode ${mode}; declare the same mode everywhere, or rename the gauge`;
    case 'bounds_changed':
      return `Redis has the bounds of other processes${found === undefined ? '' : `, ${shownBounds(found)}`} (${familyKey}), this process ${shownList(bounds)} (${key}); they are not compatible, so wait until the others no longer write, or declare the same bounds everywhere`;
    case 'wrong_redis_type':
      return `Redis has a ${shownWord(found, 'key of another type')} under ${key}, this process needs a string; delete or rename that key`;
    case 'unreadable_value':
      return `Redis has ${shownStored(found)} under ${key}, this process expects a record of a ${family.type}; correct or delete that key`;
    case 'overflow':
      return `Redis has ${found === undefined ? 'a value' : shownValue(found)} under ${key}, and adding the value of this process exceeds what a number can hold; delete that key to start from 0`;
    case 'refused':
      return `Redis answered ${found === undefined ? 'with an error' : shownValue(found)} to the write of ${key}; check the permissions of the Redis user`;
    default:
      return undefined;
  }
}

const MAX_KEY_CHARACTERS = 200;

function shownKey(key: string): string {
  return key.length > MAX_KEY_CHARACTERS ? `${key.slice(0, MAX_KEY_CHARACTERS)}…` : key;
}

/** A type or mode as it is; anything else quoted. */
function shownWord(found: string | undefined, otherwise: string): string {
  if (found === undefined) return otherwise;
  return /^\w+$/.test(found) ? found : shownValue(found);
}

/** The bounds in `[1,2,3]`, which may be cut short. */
function shownBounds(found: string): string {
  const isWhole = found.endsWith(']');
  const bounds = found.replace(/[[\]]/g, '').split(',');
  return isWhole ? shownList(bounds.map(Number)) : `${shownList(bounds.slice(0, -1).map(Number))}, …`;
}

/** Formats `7 garbage`, the length of a value in bytes and its start. The script reads no more than the size limit of a record. */
function shownStored(found: string | undefined): string {
  const [, bytes, start = ''] = /^(\d+) (.*)$/s.exec(found ?? '') ?? [];
  if (bytes === undefined) return 'another value';
  const length =
    Number(bytes) > MAX_RECORD_BYTES
      ? `more than ${MAX_RECORD_BYTES} bytes`
      : bytes === '1'
        ? '1 byte'
        : `${bytes} bytes`;
  return `${shownValue(start)} (${length})`;
}
