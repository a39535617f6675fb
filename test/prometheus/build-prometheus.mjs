import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * Before the lane: builds Prometheus 3 unless it is there. Tests find it by REDMETER_TEST_PROMETHEUS.
 * @param {unknown} _
 * @param {{readonly rootDir: string}} project
 */
export default function buildPrometheus(_, { rootDir }) {
  const { status, stdout } = spawnSync('sh', [join(rootDir, 'scripts/prometheus/build.sh')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error('Prometheus 3 could not be built, see above');
  process.env['REDMETER_TEST_PROMETHEUS'] = stdout.trim();
}
