import { mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { clientAddress, hostAndPort } from '../address.js';
import { httpHealth } from '../health.js';
import { baseEnvironment, programOf, type Part, type PartContext } from '../part.js';

/** nginx before two versions of the store, users, and the rollout of the second version: configs/release. */
export function releasePart(context: PartContext): Part {
  const { bindAddress, passwords, ports } = context.settings;
  const host = clientAddress(bindAddress);
  const url = `http://${hostAndPort(host, ports.release)}`;
  const bin = join(context.folder, 'bin');
  mkdirSync(bin);
  // So that the script finds the commands of this checkout, run by this Node.
  symlinkSync(process.execPath, join(bin, 'node'));
  symlinkSync(join(context.root, 'packages/experiment/bin/redmeter.mjs'), join(bin, 'redmeter'));
  const environment = baseEnvironment(context.environment);
  return {
    name: 'release',
    url,
    command: {
      file: 'sh',
      args: [join(context.root, 'configs/release/start.sh')],
      env: {
        ...environment,
        PATH: [bin, environment['PATH'] ?? '', dirname(programOf(context, 'nginx'))].join(delimiter),
        RELEASE_FOLDER: join(context.folder, 'work'),
        RELEASE_LISTEN: hostAndPort(bindAddress, ports.release),
        RELEASE_URL: url,
        V1_URL: `http://${hostAndPort(host, ports.store)}`,
        V2_URL: `http://${hostAndPort(host, ports.candidate)}`,
        REDIS_AT: hostAndPort(host, ports.redis),
        REDIS_READER_PASSWORD: passwords.reader,
        REDIS_WRITER_PASSWORD: passwords.writer,
        RELEASE_INTERVAL: context.environment['RELEASE_INTERVAL'] ?? '',
      },
    },
    health: httpHealth(`${url}/healthz`),
  };
}
