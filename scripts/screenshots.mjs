// npm run screenshots: the pictures of the README, of a real run: a Redis, the demo store under load, the native exporter's
// page, and an experiment's report, in the system's Chromium.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { checkout, fail, prepareCheckout } from './bootstrap.mjs';

prepareCheckout();
const { ensurePrograms } = await import('./stack/dist/index.js');
if (!(await ensurePrograms(['redis-server', 'chromium']))) process.exit(1);
const { freePort, startBrowser, startRedisServer } = await import('../test/servers/dist/index.js');

const experiment = `
- task: http
  with:
    url: STORE/api/store/join
    duration: 20s
    qps: 50
    endpoints:
      join: {}
      look-around: { url: STORE/api/store/look-around }
- task: assess
  with:
    SLOs:
      upper:
        - { metric: http-join/error-rate, limit: 0 }
        - { metric: http-join/latency-p95, limit: 250 }
        - { metric: http-look-around/latency-p99, limit: 500 }
`;

const root = fileURLToPath(checkout);
const folder = mkdtempSync(join(tmpdir(), 'redmeter-screenshots-'));
/** @type {import('node:child_process').ChildProcess[]} */
const programs = [];
const redis = await startRedisServer();
try {
  const storePort = await freePort();
  const exporterPort = await freePort();
  const store = `http://127.0.0.1:${storePort}`;
  const page = `http://127.0.0.1:${exporterPort}`;
  run('app/dist/main.js', [], { PORT: String(storePort), REDIS_URL: redis.url });
  run('exporter/bin/redmeter-exporter.mjs', ['--redis', redis.url, '--listen', `127.0.0.1:${exporterPort}`]);
  await untilAnswers(`${store}/healthz`);
  await untilAnswers(`${page}/healthz`);

  const browser = await startBrowser();
  try {
    const tab = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
    await tab.goto(page);
    writeFileSync(join(folder, 'experiment.yaml'), experiment.replaceAll('STORE', store));
    // The page's charts begin when it is opened, so the load runs while it is.
    const load = setInterval(() => {
      for (const action of ['served', 'leave', 'simulate', 'error']) {
        const method = action === 'simulate' ? 'POST' : 'GET';
        // What the store answers is shown by its metrics.
        fetch(`${store}/api/store/${action}`, { method }).catch(() => undefined);
      }
    }, 200);
    await redmeter(['run', '--run-dir', folder]);
    clearInterval(load);
    await tab.screenshot({ path: join(root, 'docs/pictures/live-page.png') });

    const report = spawnSync(process.execPath, [
      join(root, 'packages/experiment/bin/redmeter.mjs'),
      'report',
      '--run-dir',
      folder,
      '-o',
      'html',
    ]);
    const file = join(folder, 'report.html');
    writeFileSync(file, report.stdout);
    await tab.setViewportSize({ width: 1280, height: 1000 });
    await tab.goto(pathToFileURL(file).href);
    await tab.screenshot({ path: join(root, 'docs/pictures/report.png') });
  } finally {
    await browser.close();
  }
  process.stderr.write('docs/pictures: live-page.png, report.png\n');
} finally {
  for (const program of programs) program.kill();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
}

/**
 * @param {string} file
 * @param {readonly string[]} args
 * @param {Record<string, string>} [environment]
 */
function run(file, args, environment = {}) {
  programs.push(
    spawn(process.execPath, [join(root, file), ...args], { env: { ...process.env, ...environment }, stdio: 'ignore' }),
  );
}

/** @param {readonly string[]} args */
async function redmeter(args) {
  const child = spawn(process.execPath, [join(root, 'packages/experiment/bin/redmeter.mjs'), ...args], {
    stdio: 'inherit',
  });
  /** @type {number | null} */
  const code = await new Promise((resolve) => {
    child.once('exit', (exitCode) => resolve(exitCode));
  });
  if (code !== 0) fail(`redmeter ${args.join(' ')}: expected exit code 0, got ${String(code)}`);
}

/** @param {string} url */
async function untilAnswers(url) {
  const deadlineMs = Date.now() + 30_000;
  for (;;) {
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // Not listening yet.
    }
    if (Date.now() > deadlineMs) fail(`${url}: expected a response within 30 s, got none`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
