import { connectivityState, type Client } from '@grpc/grpc-js';
import { openGrpcClient } from '../grpc/grpc-target.js';
import { startGrpcCall, type GrpcCall } from './grpc-call.js';
import type { GrpcLoadEngine } from './grpc-load-engine.js';
import { runPacedWorkers } from './paced-workers.js';

/** Makes gRPC calls with grpc-js. Connections are made before the first call, so that no latency holds a handshake. */
export const grpcJsEngine: GrpcLoadEngine = async (plan, observe, signal) => {
  const count = Math.min(plan.connections, plan.concurrency);
  const clients = Array.from({ length: count }, () => openGrpcClient(plan.target));
  const underWay = new Set<GrpcCall>();
  const cancelAll = (): void => {
    for (const call of underWay) call.cancel();
  };
  signal.addEventListener('abort', cancelAll);
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    await Promise.race([Promise.all(clients.map((client) => connect(client, plan.timeoutMs))), aborted]);
    return await runPacedWorkers(
      {
        ratePerSecond: plan.ratePerSecond,
        limit: plan.limit,
        workers: plan.concurrency,
        send: async (worker, request) => {
          const client = clients[worker % clients.length];
          const messages = plan.callMessages[request % plan.callMessages.length];
          if (client === undefined || messages === undefined) {
            throw new RangeError('expected at least one connection and the messages of one call');
          }
          const call = startGrpcCall(client, plan, messages);
          underWay.add(call);
          const outcome = await call.outcome;
          underWay.delete(call);
          return outcome;
        },
      },
      observe,
      signal,
    );
  } finally {
    signal.removeEventListener('abort', cancelAll);
    for (const client of clients) client.close();
  }
};

// A server that cannot be reached is no error here: each call will say so and be counted.
async function connect(client: Client, timeoutMs: number): Promise<void> {
  const channel = client.getChannel();
  const deadline = Date.now() + timeoutMs;
  for (let state = channel.getConnectivityState(true); isPending(state); state = channel.getConnectivityState(true)) {
    const isOver = await new Promise<boolean>((resolve) => {
      channel.watchConnectivityState(state, deadline, (error) => resolve(error !== undefined));
    });
    if (isOver) return;
  }
}

function isPending(state: connectivityState): boolean {
  return state === connectivityState.IDLE || state === connectivityState.CONNECTING;
}
