import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkout, findProgram, installPythonPackages } from '@redmeter/stack';
import { startRedisServer } from '@redmeter/test-servers';
import type { Benchmark } from './benchmark.js';

const OBSERVATIONS = 20_000;
const programs = fileURLToPath(new URL('../clients', import.meta.url));

/** What an observation costs in Python and PHP, beside what their libraries have for several processes. */
export const clients: Benchmark = {
  name: 'clients',
  async run(progress) {
    const path = process.env['PATH'] ?? '';
    const php = findProgram('php-redis', path);
    if (php === undefined) throw new Error('expected PHP with the extension redis on PATH; npm test installs it');
    const requirements = join(checkout, 'clients/test/requirements.txt');
    const python = join(await installPythonPackages(checkout, requirements, process.env), 'python');
    const server = await startRedisServer();
    const folder = mkdtempSync(join(tmpdir(), 'redmeter-multiproc-'));
    const measure = async (program: string, file: string, kind: string, target: string): Promise<string> => {
      progress(`${file}, ${kind}`);
      const args = [join(programs, file), kind, target, `${OBSERVATIONS}`];
      const { stdout } = await promisify(execFile)(program, args);
      return stdout === 'missing' ? 'not installed' : Number(stdout).toFixed(2);
    };
    try {
      const rows = [
        ['Python, redmeter', await measure(python, 'observations.py', 'redmeter', server.url)],
        ['Python, files of prometheus_client', await measure(python, 'observations.py', 'files', folder)],
        ['PHP, redmeter', await measure(php, 'observations.php', 'redmeter', `${server.port}`)],
        ['PHP, Redis storage of PromPHP', await measure(php, 'observations.php', 'promphp', `${server.port}`)],
      ];
      return {
        name: 'clients',
        method: `Observations of one histogram with 14 bounds, ${OBSERVATIONS} in a round, the best of 5 rounds. Python: CPU time of the thread. PHP: elapsed time, since PromPHP waits for Redis in each one.`,
        columns: ['writer', 'µs an observation'],
        rows,
        claims: [],
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await server.stop();
    }
  },
};
