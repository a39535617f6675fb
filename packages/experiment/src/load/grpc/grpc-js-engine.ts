import { connectivityState, type Client } from '@grpc/grpc-js';
import { messageOf } from '../../experiment-error.js';
import type { CallContent } from '../../grpc/call-content.js';
import { openGrpcClient } from '../../grpc/grpc-target.js';
import { runPacedSenders, type PacedWork } from '../paced-senders.js';
import { startGrpcCall, type GrpcCall } from './grpc-call.js';
import type { GrpcLoadEngine, GrpcLoadPlan } from './grpc-load-engine.js';

/** Makes gRPC calls with grpc-js. Connections are made before the first call, so that no latency holds a handshake. */
export const grpcJsEngine: GrpcLoadEngine = async (plan, observe, signal, ending) => {
  const count = Math.min(plan.connections, plan.concurrency);
  const clients = Array.from({ length: count }, () => {
    const client = openGrpcClient(plan.target);
    return { client, isConnected: connect(client, plan.connectTimeoutMs) };
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
          const content = contentOf(plan, request, index);
          if (content.kind === 'failure') {
            events.onEnd(content);
            return;
          }
          events.onSent(performance.now());
          const call = startGrpcCall(connection.client, plan, content, (outcome) => {
            underWay.delete(call);
            events.onEnd(outcome);
          });
          underWay.add(call);
        },
      };
    },
  };
  const run = runPacedSenders(work, observe, signal, ending);
  signal.addEventListener('abort', cancelAll);
  try {
    return await run;
  } finally {
    signal.removeEventListener('abort', cancelAll);
    for (const { client } of clients) client.close();
  }
};

// A template that cannot be filled in for one call costs that call alone.
function contentOf(
  { contentOf: make }: GrpcLoadPlan,
  request: number,
  worker: number,
): (CallContent & { readonly kind: 'content' }) | { readonly kind: 'failure'; readonly reason: string } {
  try {
    return { kind: 'content', ...make(request, worker) };
  } catch (error) {
    return { kind: 'failure', reason: messageOf(error) };
  }
}

// A server that cannot be reached is not an error here: each call will fail and be counted.
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
