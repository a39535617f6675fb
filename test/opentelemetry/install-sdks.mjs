import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * Before the lane: installs OpenTelemetry's SDKs unless they are there. Tests find them by REDMETER_TEST_OPENTELEMETRY.
 * @param {unknown} _
 * @param {{readonly rootDir: string}} project
 */
export default function installSdks(_, { rootDir }) {
  const { status, stdout } = spawnSync('sh', [join(rootDir, 'scripts/opentelemetry/install.sh')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error("OpenTelemetry's SDKs could not be installed, see above");
  process.env['REDMETER_TEST_OPENTELEMETRY'] = stdout.trim();
}
