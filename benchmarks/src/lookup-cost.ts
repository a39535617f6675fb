import { Abn, openServiceStore } from '@redmeter/service';

// A process of its own: microseconds of processor time of one lookup on the store in a folder, without a network. Prints JSON.
const [folder = '', count = ''] = process.argv.slice(2);
const numLookups = Number(count);
const NUM_USERS = 10_000;

const store = await openServiceStore(
  {},
  { METRICS_EMBEDDED_FOLDER: folder },
  { onRead: () => undefined, onDroppedUser: () => undefined },
);
const abn = new Abn(store);
async function lookUp(times: number): Promise<void> {
  for (let index = 0; index < times; index += 1) await abn.lookup('shop', `user-${index % NUM_USERS}`);
}
// Users are noted in the store once: what it costs is not that of a lookup.
await lookUp(2 * NUM_USERS);
await new Promise((resolve) => setTimeout(resolve, 3000));
const before = process.cpuUsage();
await lookUp(numLookups);
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ cpuUs: (user + system) / numLookups }));
await store.close();
