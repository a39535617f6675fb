import { join } from 'node:path';

/** The files of one nginx in the folder of a gateway. */
export type NginxFiles = {
  /** `door` or `split`: see the configuration of each. */
  readonly name: string;
  readonly folder: string;
  readonly configuration: string;
  readonly nextConfiguration: string;
  readonly pid: string;
  readonly errorLog: string;
};

/** The names of the files of one nginx. */
export function nginxFiles(folder: string, name: 'door' | 'split'): NginxFiles {
  return {
    name,
    folder,
    configuration: join(folder, `${name}.conf`),
    nextConfiguration: join(folder, `${name}.conf.next`),
    pid: join(folder, `${name}.pid`),
    errorLog: join(folder, `${name}.error.log`),
  };
}

/** The socket between the two. */
export function splitSocket(folder: string): string {
  return join(folder, 'split.sock');
}

/** The socket of the server that passes requests on to a version by TLS. */
export function tlsSocket(folder: string, index: number): string {
  return join(folder, `tls-${index}.sock`);
}

/** The socket that returns the revision of the active configuration. */
export function revisionSocket(folder: string): string {
  return join(folder, 'revision.sock');
}

/** The plan of a revision of the configuration. */
export function planFile(folder: string, revision: string): string {
  return join(folder, `plan-${revision}.json`);
}
