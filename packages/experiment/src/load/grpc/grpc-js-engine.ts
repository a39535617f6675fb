import { connectivityState, type Client } from '@grpc/grpc-js';
import { openGrpcClient } from '../../grpc/grpc-target.js';
import { runPacedSenders, type PacedWork } from '../paced-senders.js';
import { startGrpcCall, type GrpcCall } from './grpc-call.js';
import type { GrpcLoadEngine } from './grpc-load-engine.js';

/** Makes gRPC calls with grpc-js. Connections are made before the first call, so that no latency holds a handshake. */
export const grpcJsEngine: GrpcLoadEngine = async (plan, observe, signal) => {
  const count = Math.min(plan.connections, plan.concurrency);
  const clients = Array.from({ length: count }, () => {
    const client = openGrpcClient(plan.target);
    return { client, isConnected: connect(client, plan.timeoutMs) };
  });
  const underWay = new Set<GrpcCall>();
  const cancelAll = (): void => {
    for (const call of underWay) call.cancel();
  };
  const work: PacedWork = {
    ratePerSecond: plan.ratePerSecond,
    limit: plan.limit,
    timeoutMs: plan.timeoutMs,
    senders: plan.concurrency,
    makeSender: (index, events) => {
      const connection = clients[index % clients.length];
      if (connection === undefined) throw new RangeError('expected at least one connection');
      return {
        ready: () => connection.isConnected,
        prepare: () => undefined,
        send: (request) => {
          const messages = plan.callMessages[request % plan.callMessages.length];
          if (messages === undefined) throw new RangeError('expected the messages of one call');
          events.onSent(performance.now());
          const call = startGrpcCall(connection.client, plan, messages, (outcome) => {
            underWay.delete(call);
            events.onEnd(outcome);
          });
          underWay.add(call);
        },
      };
    },
  };
  const run = runPacedSenders(work, observe, signal);
  signal.addEventListener('abort', cancelAll);
  try {
    return await run;
  } finally {
    signal.removeEventListener('abort', cancelAll);
    for (const { client } of clients) client.close();
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
