import { describe, expect, it } from '@jest/globals';
import { planInstallation, type Machine } from '../../src/install/installation-plan.js';
import type { ProgramName } from '../../src/program.js';

const stackPrograms: readonly ProgramName[] = ['redis-server', 'redis_exporter', 'prometheus'];
const debian: Machine = { packageManager: 'apt', hasGo: false, rootAccess: 'root', isInteractive: false };
const mac: Machine = { packageManager: 'homebrew', hasGo: false, rootAccess: 'sudo-asks', isInteractive: true };
const version = 'v1.88.0';

describe('planInstallation', () => {
  it("takes Debian's packages, each once", () => {
    const plan = planInstallation([...stackPrograms, 'promtool', 'redis-cli', 'curl', 'chromium'], debian, version);
    expect(plan).toEqual({
      kind: 'install',
      installation: {
        packageManager: 'apt',
        packages: ['redis-server', 'prometheus-redis-exporter', 'prometheus', 'redis-tools', 'curl', 'chromium'],
        exporterWithGo: false,
        commands: [
          'sudo apt-get install --no-install-recommends redis-server prometheus-redis-exporter prometheus redis-tools curl chromium',
        ],
      },
    });
  });

  it('builds redis_exporter with Go on macOS, where Homebrew has none', () => {
    expect(planInstallation(stackPrograms, mac, version)).toEqual({
      kind: 'install',
      installation: {
        packageManager: 'homebrew',
        packages: ['redis', 'prometheus', 'go'],
        exporterWithGo: true,
        commands: ['brew install redis prometheus go', 'go install github.com/oliver006/redis_exporter@v1.88.0'],
      },
    });
  });

  it('does not install Go where it is', () => {
    const plan = planInstallation(['redis_exporter'], { ...mac, hasGo: true }, version);
    expect(plan).toMatchObject({ installation: { packages: [], exporterWithGo: true } });
  });

  it.each([
    { rootAccess: 'root', isInteractive: false, kind: 'install' },
    { rootAccess: 'sudo', isInteractive: false, kind: 'install' },
    { rootAccess: 'sudo-asks', isInteractive: true, kind: 'install' },
    { rootAccess: 'sudo-asks', isInteractive: false, kind: 'not-permitted' },
    { rootAccess: 'none', isInteractive: true, kind: 'not-permitted' },
  ] as const)('with root access $rootAccess, interactive $isInteractive: $kind', ({ kind, ...access }) => {
    expect(planInstallation(stackPrograms, { ...debian, ...access }, version).kind).toBe(kind);
  });

  it('says what to run where it may not', () => {
    const plan = planInstallation(['redis-server'], { ...debian, rootAccess: 'none' }, version);
    expect(plan).toEqual({
      kind: 'not-permitted',
      commands: ['sudo apt-get install --no-install-recommends redis-server'],
    });
  });

  it('names what no package manager here has', () => {
    const bare: Machine = { ...debian, packageManager: undefined };
    expect(planInstallation(stackPrograms, bare, version)).toEqual({ kind: 'unavailable', programs: stackPrograms });
    expect(planInstallation(stackPrograms, { ...bare, hasGo: true }, version)).toEqual({
      kind: 'unavailable',
      programs: ['redis-server', 'prometheus'],
    });
  });
});
