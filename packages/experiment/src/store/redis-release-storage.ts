import type { Redis } from 'ioredis';
import type { ReleaseStorage } from './release-storage.js';
import { reportingFailure } from './stored-text.js';

// One hash: application to record.
const RELEASES_KEY = 'redmeter-releases';

// KEYS[1]: the hash of records
// ARGV[1]: the application; ARGV[2]: its new record; ARGV[3]: the record that must be stored there, left out for none
// Returns: 1 if it was written, 0 if another record is stored there
const REPLACE = `
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if stored ~= (ARGV[3] or false) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1`;

/** Records of releases in the hash `redmeter-releases` in Redis. @param where What failures name as the place. */
export function redisReleaseStorage(redis: Redis, where: string): ReleaseStorage {
  const report = <T>(operation: () => Promise<T>): Promise<T> => reportingFailure(where, operation);
  return {
    readRelease: (application) => report(async () => (await redis.hget(RELEASES_KEY, application)) ?? undefined),
    replaceRelease: (application, before, after) =>
      report(async () => {
        const given = before === undefined ? [application, after] : [application, after, before];
        return (await redis.eval(REPLACE, 1, RELEASES_KEY, ...given)) === 1;
      }),
    listReleases: () => report(async () => (await redis.hkeys(RELEASES_KEY)).sort()),
  };
}
