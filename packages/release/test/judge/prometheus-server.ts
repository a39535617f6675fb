import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '@redmeter/test-servers';

/** A Prometheus that scrapes one target twice a second. */
export type PrometheusServer = { readonly url: string; stop(): Promise<void> };

const DEADLINE_MS = 60_000;

/** Starts Prometheus, and waits until it has scraped the target. @param target `host:port` of its `/metrics` */
export async function startPrometheus(target: string): Promise<PrometheusServer> {
  const folder = await mkdtemp(join(tmpdir(), 'redmeter-prometheus-'));
  const configuration = join(folder, 'prometheus.yaml');
  await writeFile(
    configuration,
    `global: { scrape_interval: 500ms, scrape_timeout: 500ms }
scrape_configs:
  - job_name: store
    honor_labels: true
    static_configs: [{ targets: ['${target}'] }]
`,
  );
  const port = await freePort();
  const child = spawn(
    'prometheus',
    [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.once('error', (error) => (said += `${error.message}; apt-get install prometheus`));
  const killHard = (): void => void child.kill('SIGKILL');
  // A run that is cut off must leave none behind.
  process.once('exit', killHard);
  const url = `http://127.0.0.1:${port}`;
  const deadlineMs = performance.now() + DEADLINE_MS;
  while (!(await hasScraped(url))) {
    const hasEnded = child.exitCode !== null || child.pid === undefined;
    if (hasEnded || performance.now() > deadlineMs) throw new Error(`expected Prometheus to scrape ${target}: ${said}`);
    await wait(50);
  }
  return {
    url,
    async stop() {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
      process.off('exit', killHard);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function hasScraped(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/api/v1/query?query=up==1`);
    return ((await answer.json()) as { data: { result: unknown[] } }).data.result.length > 0;
  } catch {
    // It does not listen yet.
    return false;
  }
}
