// npm test: prepares the checkout and what the lanes need, then runs them with Jest.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { checkout, prepareCheckout } from './bootstrap.mjs';

const usage = `Usage: npm test [-- [LANE…] [Jest's options and patterns]]

  pure           no server
  redis          each file on a redis-server of its own
  stack          the real stack as local processes
  kubernetes     a Kubernetes API server; only when named
  prometheus     Prometheus 3, built from its source; only when named
  opentelemetry  OpenTelemetry's SDKs for Node, Python and Go; only when named
  compose        docker-compose.yml on a Docker engine; only when named

Without a lane: pure, redis and stack. What they need is installed first; --prepare does only that.
For example: npm test -- stack relabelling, or npm test -- pure --watch`;

/** What each lane needs beside npm's packages. @type {Record<string, readonly import('./stack/src/index.js').ProgramName[]>} */
const programs = {
  pure: ['curl', 'spin', 'gcc'],
  redis: [
    'redis-server',
    'redis_exporter',
    'openssl',
    'promtool',
    'python-redis',
    'python-venv',
    'php-redis',
    'chromium',
    'nginx',
  ],
  stack: ['redis-server', 'redis-cli', 'redis_exporter', 'prometheus', 'promtool', 'curl', 'chromium', 'nginx'],
  kubernetes: ['etcd', 'openssl', 'redis-server'],
  prometheus: ['redis-server', 'prometheus'],
  opentelemetry: ['redis-server', 'python-venv', 'nginx'],
  compose: [],
};

/** What installs programs that no package has. @type {Record<string, string>} */
const builds = {
  kubernetes: 'kubernetes/build.sh',
  prometheus: 'prometheus/build.sh',
  opentelemetry: 'opentelemetry/install.sh',
};

const named = process.argv.slice(2);
if (named.includes('--help')) {
  process.stdout.write(`${usage}\n`);
} else {
  const lanes = named.filter((argument) => argument in programs);
  const wanted = lanes.length > 0 ? lanes : ['pure', 'redis', 'stack'];
  const forJest = named.filter((argument) => !(argument in programs) && argument !== '--prepare');
  await prepare(wanted);
  if (!named.includes('--prepare')) await run(wanted, forJest);
}

/** @param {readonly string[]} lanes */
async function prepare(lanes) {
  prepareCheckout();
  const { ensurePrograms } = await import('./stack/dist/index.js');
  if (!(await ensurePrograms([...new Set(lanes.flatMap((lane) => programs[lane] ?? []))]))) process.exit(1);
  for (const lane of lanes) {
    const build = builds[lane];
    if (build === undefined) continue;
    const script = fileURLToPath(new URL(build, import.meta.url));
    if (spawnSync('sh', [script], { stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0) process.exit(1);
  }
}

/**
 * @param {readonly string[]} lanes
 * @param {readonly string[]} forJest
 */
async function run(lanes, forJest) {
  // Many tests wait, for scrapes and processes: two workers more than cores keep the cores busy.
  const workers = Math.min(6, availableParallelism() + 2);
  process.chdir(fileURLToPath(checkout));
  const { run: runJest } = await import('jest');
  await runJest([
    ...['--reporters=default', '--reporters=./scripts/count-reporter.mjs'],
    ...(forJest.includes('--runInBand') ? [] : [`--maxWorkers=${workers}`]),
    ...forJest,
    ...['--selectProjects', ...lanes],
  ]);
}
