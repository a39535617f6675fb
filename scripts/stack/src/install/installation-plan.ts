import type { ProgramName } from '../program.js';
import { exporterModule } from './go-tool.js';

/** What the machine offers for installing programs. */
export interface Machine {
  readonly packageManager: 'apt' | 'homebrew' | undefined;
  readonly hasGo: boolean;
  /** `sudo-asks`: there is a sudo, but it needs a password, which needs a terminal. */
  readonly rootAccess: 'root' | 'sudo' | 'sudo-asks' | 'none';
  /** Whether a person at a terminal can be asked. */
  readonly isInteractive: boolean;
}

/** What to install, and with what: the packages first, then redis_exporter with Go. */
export interface Installation {
  readonly packageManager: 'apt' | 'homebrew' | undefined;
  readonly packages: readonly string[];
  /** redis_exporter comes from its source, where no package has it. */
  readonly exporterWithGo: boolean;
  /** The same by hand, for a message. */
  readonly commands: readonly string[];
}

/** What can be done about missing programs. */
export type InstallationPlan =
  | { readonly kind: 'install'; readonly installation: Installation }
  | { readonly kind: 'not-permitted'; readonly commands: readonly string[] }
  | { readonly kind: 'unavailable'; readonly programs: readonly ProgramName[] };

const aptPackages: Readonly<Partial<Record<ProgramName, string | readonly string[]>>> = {
  'redis-server': 'redis-server',
  'redis-cli': 'redis-tools',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  redis_exporter: 'prometheus-redis-exporter',
  curl: 'curl',
  openssl: 'openssl',
  wrk: 'wrk',
  nginx: 'nginx',
  etcd: 'etcd-server',
  chromium: 'chromium',
  spin: 'spin',
  // Left to itself, apt takes no C library to it.
  gcc: ['gcc', 'libc6-dev'],
  'python-redis': 'python3-redis',
  'python-venv': 'python3-venv',
  // Left to itself, apt takes Apache's PHP to it.
  'php-redis': ['php-cli', 'php-redis'],
};

const homebrewPackages: typeof aptPackages = {
  'redis-server': 'redis',
  'redis-cli': 'redis',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  curl: 'curl',
  openssl: 'openssl',
  wrk: 'wrk',
  nginx: 'nginx',
  etcd: 'etcd',
  chromium: 'chromium',
  spin: 'spin',
  gcc: 'gcc',
};

/** Decides how to install the missing programs on this machine. */
export function planInstallation(
  missing: readonly ProgramName[],
  machine: Machine,
  exporterVersion: string,
): InstallationPlan {
  const known =
    machine.packageManager === 'apt' ? aptPackages : machine.packageManager === 'homebrew' ? homebrewPackages : {};
  const packages = new Set(missing.flatMap((program) => known[program] ?? []));
  const withoutPackage = missing.filter((program) => known[program] === undefined);
  const exporterWithGo =
    withoutPackage.includes('redis_exporter') && (machine.hasGo || machine.packageManager === 'homebrew');
  if (exporterWithGo && !machine.hasGo) packages.add('go');
  const unavailable = withoutPackage.filter((program) => !(program === 'redis_exporter' && exporterWithGo));
  if (unavailable.length > 0) return { kind: 'unavailable', programs: unavailable };

  const list = [...packages].join(' ');
  const commands = [
    ...(packages.size === 0
      ? []
      : [
          machine.packageManager === 'apt'
            ? `sudo apt-get install --no-install-recommends ${list}`
            : `brew install ${list}`,
        ]),
    ...(exporterWithGo ? [`go install ${exporterModule}@${exporterVersion}`] : []),
  ];
  const mayInstall =
    machine.packageManager !== 'apt' ||
    packages.size === 0 ||
    machine.rootAccess === 'root' ||
    machine.rootAccess === 'sudo' ||
    (machine.rootAccess === 'sudo-asks' && machine.isInteractive);
  if (!mayInstall) return { kind: 'not-permitted', commands };
  return {
    kind: 'install',
    installation: { packageManager: machine.packageManager, packages: [...packages], exporterWithGo, commands },
  };
}
