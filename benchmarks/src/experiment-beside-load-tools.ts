import { emptyInsights, formatResult, latencyPercentileMs, runLoad, type ExperimentResult } from '@redmeter/experiment';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, waitFor, newFolder } from '@redmeter/test-servers';
import { promisify } from 'node:util';
import type { Benchmark, Progress } from './benchmark.js';
import { median } from './statistics.js';

const run = promisify(execFile);
const REDMETER = fileURLToPath(new URL('../../packages/experiment/bin/redmeter.mjs', import.meta.url));
const AUTOCANNON = join(dirname(createRequire(import.meta.url).resolve('autocannon/package.json')), 'autocannon.js');
const ROUNDS = 5;
const SECONDS = 5;
const CONNECTIONS = 10;
const THREADS = 2;
const SERVER_DELAY_MS = 20;
const PACE = 200;
const PACED_SECONDS = 10;
const RECORDED_REQUESTS = 1_000_000;
// From a microsecond to an hour, more than there are buckets.
const SPREAD = 10_000;
const REPORT_FORMS = ['text', 'html'] as const;
// Tells the most memory that a process has held, as it ends.
const TELL_MEMORY = `data:text/javascript,process.on('exit',()=>console.error('KiB '+process.resourceUsage().maxRSS))`;

/** `redmeter run` beside autocannon's command line at full speed and beside wrk on a slow server, and reports of a long load. */
export const experimentBesideLoadTools: Benchmark = {
  name: 'experiment',
  async run(progress) {
    const folder = newFolder();
    try {
      const rates = await measureRates(folder, progress);
      const threaded = await measureThreads(folder, progress);
      const latencies = await measureLatencies(folder, progress);
      const pace = await measurePace(folder, progress);
      const reports = await measureReports(folder, progress);
      const rateRatio = median(rates.redmeter) / median(rates.autocannon);
      const apart = (quantile: 'p50' | 'p90'): number =>
        100 * Math.abs(latencies.redmeter[quantile] / latencies.wrk[quantile] - 1);
      return {
        name: 'experiment',
        method:
          `redmeter run and its peer, ${CONNECTIONS} connections each, ${SECONDS} s a round, turns taken: ${ROUNDS} rounds at full ` +
          `speed, as many of ${THREADS} threads on nginx, one on a server that takes ${SERVER_DELAY_MS} ms, one of ${PACED_SECONDS} s at ${PACE} requests/s. Reports of ${RECORDED_REQUESTS.toLocaleString('en')} requests recorded over ten minutes, each by a process of its own.`,
        columns: ['measured', 'redmeter', 'peer', 'peer is'],
        rows: [
          [
            'requests/s at full speed',
            Math.round(median(rates.redmeter)),
            Math.round(median(rates.autocannon)),
            'autocannon',
          ],
          [
            `requests/s of ${THREADS} threads, on nginx`,
            Math.round(median(threaded.redmeter)),
            Math.round(median(threaded.autocannon)),
            'autocannon',
          ],
          ...(['p50', 'p90'] as const).map((quantile) => [
            `${quantile} of a ${SERVER_DELAY_MS} ms server, ms`,
            latencies.redmeter[quantile].toFixed(2),
            latencies.wrk[quantile].toFixed(2),
            'wrk',
          ]),
          [`requests/s at a rate of ${PACE}`, pace.toFixed(1), '', ''],
          ...reports.flatMap(({ form, seconds, megabytes }) => [
            [`${form} report, s`, seconds.toFixed(2), '', ''],
            [`${form} report, MB`, megabytes.toFixed(0), '', ''],
          ]),
        ],
        claims: [
          { text: "time a request takes, of autocannon's", measured: 1 / rateRatio, atMost: 1 / 0.9, unit: '' },
          {
            text: `time a request of ${THREADS} threads takes, of autocannon's`,
            measured: median(threaded.autocannon) / median(threaded.redmeter),
            atMost: 1 / 1.5,
            unit: '',
          },
          { text: 'p50, distance from that of wrk', measured: apart('p50'), atMost: 2, unit: ' %' },
          { text: 'p90, distance from that of wrk', measured: apart('p90'), atMost: 2, unit: ' %' },
          {
            text: 'rate, distance from the requested rate',
            measured: 100 * Math.abs(pace / PACE - 1),
            atMost: 1,
            unit: ' %',
          },
          ...reports.flatMap(({ form, seconds, megabytes }) => [
            { text: `${form} report`, measured: seconds, atMost: 2, unit: ' s' },
            { text: `${form} report`, measured: megabytes, atMost: 200, unit: ' MB' },
          ]),
        ],
      };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

type Rates = Record<'redmeter' | 'autocannon', number[]>;

async function measureRates(folder: string, progress: Progress): Promise<Rates> {
  return withServer(0, (url) => takeTurns(folder, url, 1, (round) => progress(`full speed, ${round}`)));
}

/** On nginx, which takes so little of the two cores that two threads can show. */
async function measureThreads(folder: string, progress: Progress): Promise<Rates> {
  return withNginx(folder, (url) =>
    takeTurns(folder, url, THREADS, (round) => progress(`${THREADS} threads, ${round}`)),
  );
}

async function takeTurns(
  folder: string,
  url: string,
  threads: number,
  progress: (round: string) => void,
): Promise<Rates> {
  const rates: Rates = { redmeter: [], autocannon: [] };
  for (let round = 1; round <= ROUNDS; round += 1) {
    progress(`round ${round} of ${ROUNDS}`);
    const { reachedRate } = await loadWithRedmeter(folder, url, threads);
    rates.redmeter.push(reachedRate);
    const options = ['-c', `${CONNECTIONS}`, '-d', `${SECONDS}`, '-j', url];
    const { stdout } = await run(process.execPath, [AUTOCANNON, ...options]);
    const { requests } = JSON.parse(stdout) as { requests: { average: number } };
    rates.autocannon.push(requests.average);
  }
  return rates;
}

type Quantiles = Readonly<Record<'p50' | 'p90', number>>;

async function measureLatencies(folder: string, progress: Progress): Promise<Record<'redmeter' | 'wrk', Quantiles>> {
  return withServer(SERVER_DELAY_MS, async (url) => {
    progress(`a server that takes ${SERVER_DELAY_MS} ms`);
    const { p50, p90 } = await loadWithRedmeter(folder, url);
    const { stdout } = await run('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${SECONDS}s`, '--latency', url]);
    return { redmeter: { p50, p90 }, wrk: { p50: wrkQuantile(stdout, '50%'), p90: wrkQuantile(stdout, '90%') } };
  });
}

async function measurePace(folder: string, progress: Progress): Promise<number> {
  progress(`${PACE} requests a second`);
  const rate = { qps: PACE, seconds: PACED_SECONDS };
  return withServer(0, async (url) => (await loadWithRedmeter(folder, url, 1, rate)).reachedRate);
}

/** Reads a line such as `90%   21.40ms`. */
function wrkQuantile(text: string, name: string): number {
  const [, value = '', unit = ''] = new RegExp(`^\\s*${name}\\s+([\\d.]+)(us|ms|s)$`, 'm').exec(text) ?? [];
  const factor = { us: 0.001, ms: 1, s: 1000 }[unit];
  if (factor === undefined) throw new Error(`expected wrk to print a latency for ${name}, got:\n${text}`);
  return Number(value) * factor;
}

async function loadWithRedmeter(
  folder: string,
  url: string,
  threads = 1,
  { qps, seconds } = { qps: 0, seconds: SECONDS },
): Promise<Quantiles & { readonly reachedRate: number }> {
  await writeFile(
    join(folder, 'experiment.yaml'),
    `- task: http\n  with: {url: "${url}", qps: ${qps}, connections: ${CONNECTIONS}, threads: ${threads}, duration: ${seconds}s}\n`,
  );
  const { stdout } = await run(process.execPath, [REDMETER, 'run', '--run-dir', folder, '--json']);
  const load = (JSON.parse(stdout) as ExperimentResult).insights?.loads[0]?.['built-in'];
  if (load === undefined || load.errors > 0) throw new Error(`expected a load without errors, got ${stdout}`);
  const percentile = (percent: number): number => latencyPercentileMs(load.latency, percent) ?? Number.NaN;
  return { reachedRate: load.reachedRate, p50: percentile(50), p90: percentile(90) };
}

type ReportCost = { readonly form: string; readonly seconds: number; readonly megabytes: number };

async function measureReports(folder: string, progress: Progress): Promise<ReportCost[]> {
  progress('recording a long load');
  await writeFile(join(folder, 'result.yaml'), formatResult(await longResult()));
  const costs: ReportCost[] = [];
  for (const form of REPORT_FORMS) {
    progress(`${form} report`);
    const startedMs = performance.now();
    const { stdout, stderr } = await run(
      process.execPath,
      ['--import', TELL_MEMORY, REDMETER, 'report', '--run-dir', folder, '-o', form],
      { maxBuffer: 2 ** 28 },
    );
    if (!stdout.includes(`${RECORDED_REQUESTS}`))
      throw new Error(`expected the ${form} report to show ${RECORDED_REQUESTS} requests, got:\n${stdout}`);
    costs.push({
      form,
      seconds: (performance.now() - startedMs) / 1000,
      megabytes: (Number(/^KiB (\d+)$/m.exec(stderr)?.[1]) * 1024) / 1e6,
    });
  }
  return costs;
}

/** The result of a load whose latencies fill every bucket, recorded as those of a real one are. */
async function longResult(): Promise<ExperimentResult> {
  const load = await runLoad(
    (_plan, observe) => {
      for (let i = 0; i < RECORDED_REQUESTS; i += 1) {
        const serviceMs = 0.001 * 3.6e9 ** ((i % SPREAD) / SPREAD);
        const outcome = { kind: 'answer', statusCode: 200, serviceMs, waitMs: 0, lateMs: 0 } as const;
        observe(outcome, (i * 600_000) / RECORDED_REQUESTS);
      }
      return Promise.resolve({ elapsedMs: 600_000, sent: RECORDED_REQUESTS, sendingMs: 600_000, unsent: 0 });
    },
    {
      url: 'http://127.0.0.1/',
      method: 'GET',
      headers: {},
      connections: CONNECTIONS,
      ratePerSecond: null,
      limit: { kind: 'requests', count: RECORDED_REQUESTS },
      timeoutMs: 10_000,
      acceptsAnyCertificate: false,
    },
    { errorRanges: [{ lower: 400 }], latencyFrom: 'send', percentiles: [50, 90, 99] },
    () => undefined,
    new AbortController().signal,
  );
  return {
    startTime: new Date(0).toISOString(),
    numLoops: 1,
    numTasks: 1,
    numCompletedTasks: 1,
    failure: false,
    tasks: [{ name: 'http', state: 'completed' }],
    insights: { ...emptyInsights(1), loads: [{ 'built-in': load }] },
  };
}

async function withServer<T>(delayMs: number, use: (url: string) => Promise<T>): Promise<T> {
  const program = fileURLToPath(new URL('./delayed-server.js', import.meta.url));
  const child = spawn(process.execPath, [program, `${delayMs}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    return await use(`http://127.0.0.1:${port.toString().trim()}`);
  } finally {
    child.kill();
  }
}

async function withNginx<T>(folder: string, use: (url: string) => Promise<T>): Promise<T> {
  const port = await freePort();
  const config = join(folder, 'nginx.conf');
  await writeFile(
    config,
    `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr;
events {}
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  server { listen 127.0.0.1:${port}; location / { return 200 ok; } }
}
`,
  );
  const child = spawn('nginx', ['-p', folder, '-c', config, '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await waitForPort(port);
    return await use(`http://127.0.0.1:${port}`);
  } finally {
    child.kill();
    await once(child, 'exit');
  }
}

async function waitForPort(port: number): Promise<void> {
  const isAnswering = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}`).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitFor(isAnswering, `nginx answers on port ${port}`);
}
