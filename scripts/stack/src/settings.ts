import { isIP } from 'node:net';
import { parseEnv } from 'node:util';
import { partNames, portVariables, type Ports } from './part-name.js';
import { StackError } from './stack-error.js';

/** The settings of the stack from `.env` and the environment. */
export interface Settings {
  /** The address that every part listens on; loopback unless set in `.env`. */
  readonly bindAddress: string;
  readonly ports: Ports;
  /** Redis's users: people (`default`), applications (`redmeter-writer`) and the exporter (`redmeter-reader`). */
  readonly passwords: { readonly people: string; readonly writer: string; readonly reader: string };
  readonly grafanaAdmin: { readonly user: string; readonly password: string };
  /** The release of redis_exporter that the image in `.env` holds, e.g. `v1.88.0`: `go install` takes the same. */
  readonly exporterVersion: string;
}

/** Variables by name, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

interface Source {
  readonly value: string | undefined;
  readonly place: string;
}

const passwordPattern = /^[A-Za-z0-9._~-]+$/;

/**
 * Reads the settings out of the text of `.env`; a variable of the same name in `environment` wins, as in compose.
 * @throws StackError `bad-setting` naming the variable, what was expected and what was got.
 */
export function readSettings(dotEnv: string, environment: Environment): Settings {
  const file: Environment = parseEnv(dotEnv);
  const source = (name: string): Source =>
    environment[name] === undefined
      ? { value: file[name], place: '.env' }
      : { value: environment[name], place: 'the environment' };

  const read = (name: string, expected: string, accepts: (value: string) => boolean, secret = false): string => {
    const { value, place } = source(name);
    if (value === undefined || value === '') {
      throw new StackError('bad-setting', `${name}: expected ${expected}, got nothing; set it in .env`);
    }
    if (!accepts(value)) {
      const got = secret ? 'another character' : JSON.stringify(value);
      throw new StackError('bad-setting', `${name}: expected ${expected}, got ${got} from ${place}`);
    }
    return value;
  };
  const port = (name: string): number => Number(read(name, 'a port number from 1 to 65535', isPort));
  const password = (name: string): string =>
    read(name, 'letters, digits and . _ ~ - only', (value) => passwordPattern.test(value), true);

  const ports: Ports = {
    redis: port(portVariables.redis),
    store: port(portVariables.store),
    candidate: port(portVariables.candidate),
    exporter: port(portVariables.exporter),
    native: port(portVariables.native),
    prometheus: port(portVariables.prometheus),
    grafana: port(portVariables.grafana),
    release: port(portVariables.release),
  };
  refuseSharedPorts(ports);
  return {
    bindAddress: read('BIND_ADDRESS', 'an IP address such as 127.0.0.1', (value) => isIP(value) !== 0),
    ports,
    passwords: {
      people: password('REDIS_PASSWORD'),
      writer: password('REDIS_WRITER_PASSWORD'),
      reader: password('REDIS_READER_PASSWORD'),
    },
    grafanaAdmin: {
      user: read('GRAFANA_ADMIN_USER', "Grafana's first user", () => true),
      password: read('GRAFANA_ADMIN_PASSWORD', 'the password of that user', () => true, true),
    },
    exporterVersion: versionOf(read('EXPORTER_IMAGE', 'an image tagged vN.N.N', (image) => versionOf(image) !== '')),
  };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function versionOf(image: string): string {
  return /:(v\d+\.\d+\.\d+)(?:-[a-z]+)?$/.exec(image)?.[1] ?? '';
}

function refuseSharedPorts(ports: Ports): void {
  for (const [index, part] of partNames.entries()) {
    const other = partNames.slice(0, index).find((earlier) => ports[earlier] === ports[part]);
    if (other !== undefined) {
      throw new StackError(
        'bad-setting',
        `${portVariables[part]}: expected a port of its own, got ${ports[part]}, which ${portVariables[other]} also uses`,
      );
    }
  }
}
