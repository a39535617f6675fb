import { findProgram } from '@redmeter/stack';
import { freePort, startProgram, waitFor } from '@redmeter/test-servers';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** nginx before several receivers. */
export interface Balancer {
  /** The address of `/v1/metrics`. */
  readonly endpoint: string;
  /** The statuses of all answers so far, in order. */
  statuses(): readonly number[];
  stop(): Promise<void>;
}

/** Starts nginx, with a configuration as in docs/opentelemetry.md. */
export async function startBalancer(folder: string, receiverPorts: readonly number[]): Promise<Balancer> {
  const nginx = findProgram('nginx', `${process.env['PATH'] ?? ''}:/usr/sbin`);
  if (nginx === undefined) throw new Error('nginx: expected it on PATH, found none; npm test installs it');
  const port = await freePort();
  const [configuration, log] = [join(folder, 'nginx.conf'), join(folder, 'statuses.log')];
  writeFileSync(
    configuration,
    `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events {}
http {
  log_format status '$status';
  access_log ${log} status;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')}
  client_max_body_size 16m;
  upstream receivers {
    ${receiverPorts.map((each) => `server 127.0.0.1:${each} max_fails=0;`).join(' ')}
  }
  server {
    listen 127.0.0.1:${port};
    location = /v1/metrics {
      proxy_pass http://receivers;
      proxy_set_header Host $host;
    }
  }
}
`,
  );
  const args = ['-c', configuration, '-e', 'stderr', '-p', folder];
  const program = await startProgram(nginx, args, { folder, fix: 'apt-get install nginx' });
  const endpoint = `http://127.0.0.1:${port}/v1/metrics`;
  await waitFor(async () => {
    if (program.failure !== undefined) throw new Error(program.failure);
    return fetch(endpoint).then(
      ({ status }) => status === 405,
      () => false,
    );
  }, 'nginx');
  const [seen] = [readStatuses(log).length];
  return { endpoint, statuses: () => readStatuses(log).slice(seen), stop: async () => program.kill() };
}

function readStatuses(log: string): number[] {
  return readFileSync(log, 'utf8').split('\n').slice(0, -1).map(Number);
}
