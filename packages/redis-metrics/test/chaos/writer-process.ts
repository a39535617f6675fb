import { RedisMetricsService } from '../../src/index.js';
import { seededRandom } from './random.js';
import { Recordings } from './recordings.js';
import type { WriterReport, WriterRequest } from './writer-protocol.js';

// Records without end as a process of its own, as the process that started it says.
interface Writer {
  readonly metrics: RedisMetricsService;
  readonly recordings: Recordings;
}

const RECORDING_EVERY_MS = 5;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
let writers: Writer[] = [];
let isRecording = false;

setInterval(() => {
  if (isRecording) for (const { recordings } of writers) recordings.record();
}, RECORDING_EVERY_MS);

process.on('message', (request: WriterRequest) => {
  void answer(request).then((reports) => process.send?.(reports));
});
process.on('disconnect', () => process.exit());

async function answer(request: WriterRequest): Promise<readonly WriterReport[]> {
  switch (request.kind) {
    case 'start':
      writers = request.names.map((name, i) => {
        const metrics = new RedisMetricsService({
          ...request.target,
          flushIntervalMs: request.flushIntervalMs,
          writerId: name,
          logger: silent,
        });
        return { metrics, recordings: new Recordings(metrics, seededRandom(request.seed + i), name, request.areUnits) };
      });
      isRecording = true;
      return [];
    case 'resume':
      isRecording = true;
      return [];
    case 'settle':
      isRecording = false;
      return Promise.all(writers.map((writer) => settled(writer, request.withinMs)));
    case 'end':
      isRecording = false;
      await Promise.all(writers.map(({ metrics }) => metrics.close()));
      writers = [];
      return [];
  }
}

/** Flushes until nothing waits. */
async function settled({ metrics, recordings }: Writer, withinMs: number): Promise<WriterReport> {
  const deadline = Date.now() + withinMs;
  let failure = 'none';
  for (;;) {
    const [outcome] = await Promise.allSettled([metrics.flush()]);
    const stats = metrics.stats();
    if (stats.counter.pending + stats.gauge.pending + stats.histogram.pending === 0 && outcome.status === 'fulfilled') {
      return { totals: recordings.totals(), recordings: recordings.count, stats };
    }
    if (outcome.status === 'rejected') failure = String(outcome.reason);
    if (Date.now() > deadline) throw new Error(`recordings still wait after ${withinMs} ms; last failure: ${failure}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
