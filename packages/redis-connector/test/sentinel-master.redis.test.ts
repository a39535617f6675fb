import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { freePorts, startSentinelSet, type SentinelSet } from '@redmeter/test-servers';
import { SentinelMaster } from '../src/sentinel-master.js';

let set: SentinelSet;

beforeAll(async () => {
  set = await startSentinelSet({ replicas: 1 });
});
afterAll(() => set.stop());

it('is named by any Sentinel that answers, before and after a failover', async () => {
  const { PORT } = await freePorts('PORT');
  const master = new SentinelMaster([{ host: '127.0.0.1', port: PORT }, ...set.sentinels], set.name);
  const portOf = async (): Promise<number> => (await master.locate()).port;
  expect(await portOf()).toBe(Number(new URL((await set.master()).url).port));
  const next = await set.killMaster();
  expect(await portOf()).toBe(Number(new URL(next.url).port));
});

it('is unknown to Sentinels under another name', async () => {
  const other = new SentinelMaster([...set.sentinels], 'other');
  await expect(other.locate()).rejects.toMatchObject({
    name: 'UnknownMasterError',
    message: 'the Sentinels know no master other',
  });
});

it('cannot be asked for where no Sentinel answers: the error says why', async () => {
  const { PORT } = await freePorts('PORT');
  const nobody = new SentinelMaster([{ host: '127.0.0.1', port: PORT }], set.name);
  await expect(nobody.locate()).rejects.toThrow(`ECONNREFUSED 127.0.0.1:${PORT}`);
});
