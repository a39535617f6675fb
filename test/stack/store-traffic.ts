// Three errors of a hundred requests: to be seen, and below where StoreErrorRatioHigh would fire.
const round = ['join', 'join', 'look-around', 'look-around', 'served', 'leave'];
const requests = [...round, ...round, ...round, ...round, ...round, 'error'];

/** Requests to the store all the time, as rates and percentiles are those of the last seconds; returns what ends them. */
export function startStoreTraffic(storeUrl: string): () => Promise<void> {
  let isOver = false;
  const drive = async (): Promise<void> => {
    while (!isOver) {
      for (const endpoint of requests) await (await fetch(`${storeUrl}/${endpoint}`)).text();
      await (await fetch(`${storeUrl}/simulate`, { method: 'POST' })).text();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const driven = drive();
  return async () => {
    isOver = true;
    await driven;
  };
}
