import type { ChainableCommander, Redis } from 'ioredis';
import { z } from 'zod';
import type { AbnStorage } from './abn-storage.js';
import type { Build } from './application-version.js';
import { readStoredJson, readStoredValue, readStoredVersions, reportingFailure } from './stored-text.js';

// The hash of versions by application; all other keys are of one application.
const VERSIONS_KEY = 'redmeter-abn:versions';
const SCAN_COUNT = 1000;

const buildSchema = z.tuple([z.string(), z.string()]);
const fieldSchema = z.tuple([z.string(), z.string(), z.string()]);

/**
 * Storage for A/B/n in Redis. Beside the hash `redmeter-abn:versions` an application has the set `redmeter-abn:builds:<application>`
 * of `[version, signature]` and the hash `redmeter-abn:marks:<application>` from names to marks, and each build the set `redmeter-abn:users:<application>:<version>:<signature>` and the hash
 * `redmeter-abn:values:…` from `[metric, user, transaction]` to the value. Names in keys are percent-encoded.
 *
 * @param where What failures name as the place.
 */
export function redisAbnStorage(redis: Redis, where: string): AbnStorage {
  const report = <T>(operation: () => Promise<T>): Promise<T> => reportingFailure(where, operation);
  return {
    readVersions: (application) =>
      report(async () => {
        const text = await redis.hget(VERSIONS_KEY, application);
        return text === null ? undefined : readStoredVersions(text);
      }),
    readAllVersions: () =>
      report(async () => {
        const textByApplication = Object.entries(await redis.hgetall(VERSIONS_KEY));
        return new Map(textByApplication.map(([application, text]) => [application, readStoredVersions(text)]));
      }),
    writeVersions: (application, versions) =>
      report(async () => {
        await redis.hset(VERSIONS_KEY, application, JSON.stringify(versions));
      }),
    listApplications: () => report(async () => (await redis.hkeys(VERSIONS_KEY)).sort()),
    removeApplication: (application) =>
      report(async () => {
        const builds = await listBuilds(redis, application);
        const transaction = redis
          .multi()
          .hdel(VERSIONS_KEY, application)
          .unlink(buildsKey(application), marksKey(application));
        for (const build of builds)
          transaction.unlink(key('users', application, build), key('values', application, build));
        return (await apply(transaction)).some((removed) => Number(removed) > 0);
      }),
    writeUser: (application, build, user) =>
      report(async () => {
        await apply(noteUser(redis.multi(), application, build, user));
      }),
    writeRecord: ({ application, build, metric, user, transaction, value }) =>
      report(async () => {
        const field = JSON.stringify([metric, user, transaction]);
        await apply(
          noteUser(redis.multi(), application, build, user).hset(
            key('values', application, build),
            field,
            String(value),
          ),
        );
      }),
    listBuilds: (application) => report(() => listBuilds(redis, application)),
    countUsers: (application, build) => report(() => redis.scard(key('users', application, build))),
    readUsers: (application, build, visit) =>
      report(async () => {
        // SSCAN may give a member again while the set grows.
        const seen = new Set<string>();
        let cursor = '0';
        do {
          const [next, users] = await redis.sscan(key('users', application, build), cursor, 'COUNT', SCAN_COUNT);
          for (const user of users) {
            if (!seen.has(user)) visit(user);
            seen.add(user);
          }
          cursor = next;
        } while (cursor !== '0');
      }),
    readValues: (application, build, visit) =>
      report(async () => {
        // HSCAN may give a field again while the hash grows.
        const seen = new Set<string>();
        let cursor = '0';
        do {
          const [next, flat] = await redis.hscan(key('values', application, build), cursor, 'COUNT', SCAN_COUNT);
          for (let index = 0; index < flat.length; index += 2) {
            const field = flat[index] ?? '';
            if (seen.has(field)) continue;
            seen.add(field);
            const [metric, user, transaction] = readStoredJson(field, fieldSchema);
            visit({ metric, user, transaction, value: readStoredValue(flat[index + 1] ?? '') });
          }
          cursor = next;
        } while (cursor !== '0');
      }),
    readMark: (application, name) => report(async () => (await redis.hget(marksKey(application), name)) ?? undefined),
    writeMark: (application, name, text) =>
      report(async () => {
        await redis.hset(marksKey(application), name, text);
      }),
  };
}

function noteUser(
  transaction: ChainableCommander,
  application: string,
  build: Build,
  user: string,
): ChainableCommander {
  return transaction
    .sadd(buildsKey(application), JSON.stringify([build.version, build.signature]))
    .sadd(key('users', application, build), user);
}

async function listBuilds(redis: Redis, application: string): Promise<Build[]> {
  return (await redis.smembers(buildsKey(application))).map((text) => {
    const [version, signature] = readStoredJson(text, buildSchema);
    return { version, signature };
  });
}

/** Runs a transaction. A command in it that fails does not make EXEC fail: each answer holds its own error. */
async function apply(transaction: ChainableCommander): Promise<unknown[]> {
  const answers = (await transaction.exec()) ?? [];
  return answers.map(([error, answer]) => {
    if (error !== null) throw error;
    return answer;
  });
}

function buildsKey(application: string): string {
  return `redmeter-abn:builds:${encodeURIComponent(application)}`;
}

function marksKey(application: string): string {
  return `redmeter-abn:marks:${encodeURIComponent(application)}`;
}

function key(kind: 'users' | 'values', application: string, { version, signature }: Build): string {
  return `redmeter-abn:${kind}:${[application, version, signature].map(encodeURIComponent).join(':')}`;
}
