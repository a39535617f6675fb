import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { clientAddress, hostAndPort } from '../address.js';
import { httpHealth } from '../health.js';
import { baseEnvironment, programOf, type Part, type PartContext } from '../part.js';

/** Grafana, where it is installed, with the data source and dashboards of grafana/. */
export function grafanaPart(context: PartContext): Part {
  const { bindAddress, grafanaAdmin, ports } = context.settings;
  const host = clientAddress(bindAddress);
  const url = `http://${hostAndPort(host, ports.grafana)}`;
  const file = programOf(context, 'grafana');
  const home = homeOf(file);
  mkdirSync(join(context.folder, 'plugins'));
  return {
    name: 'grafana',
    url,
    command: {
      file,
      args: [...(basename(file) === 'grafana' ? ['server'] : []), ...(home === undefined ? [] : ['--homepath', home])],
      env: {
        ...baseEnvironment(context.environment),
        GF_SERVER_HTTP_ADDR: bindAddress,
        GF_SERVER_HTTP_PORT: String(ports.grafana),
        GF_SECURITY_ADMIN_USER: grafanaAdmin.user,
        GF_SECURITY_ADMIN_PASSWORD: grafanaAdmin.password,
        GF_PATHS_DATA: context.folder,
        GF_PATHS_LOGS: context.folder,
        GF_PATHS_PLUGINS: join(context.folder, 'plugins'),
        GF_PATHS_PROVISIONING: join(context.root, 'grafana/provisioning'),
        GF_ANALYTICS_REPORTING_ENABLED: 'false',
        GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
        GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
        PROMETHEUS_URL: `http://${hostAndPort(host, ports.prometheus)}`,
        DASHBOARDS_PATH: join(context.root, 'grafana/dashboards'),
      },
    },
    health: httpHealth(`${url}/api/health`),
  };
}

/** Grafana needs the path of its own files: beside the binary (tarball), or where packages put them. */
function homeOf(file: string): string | undefined {
  const folder = dirname(realpathSync(file));
  return [join(folder, '..'), join(folder, '../share/grafana'), '/usr/share/grafana'].find((candidate) =>
    existsSync(join(candidate, 'conf/defaults.ini')),
  );
}
