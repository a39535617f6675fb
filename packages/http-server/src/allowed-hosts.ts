import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

const HOST_AND_PORT = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/;
const NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;

/**
 * The host names that requests to a server may use. A page on another site can point a name of its own at this machine
 * (DNS rebinding), and its script would then read the server as if it were its own server. It cannot choose the name,
 * which browsers send as the Host header. So IP addresses and `localhost` are always allowed, other names where configured.
 */
export class AllowedHosts {
  readonly #names = new Set<string>();
  /** Endings of names, each with its dot. */
  readonly #endings: string[] = ['.localhost'];
  readonly #isAny: boolean;

  /** @param patterns names, `*.name` for all names below one, and `*` for any name; see `isHostPattern` */
  constructor(patterns: readonly string[]) {
    this.#isAny = patterns.includes('*');
    this.#names.add('localhost');
    for (const pattern of patterns) {
      if (pattern.startsWith('*.')) this.#endings.push(`.${normalize(pattern.slice(2))}`);
      else this.#names.add(normalize(pattern));
    }
  }

  /** @param host a Host header, or the host of a URL, with or without a port */
  allows(host: string): boolean {
    if (this.#isAny) return true;
    const [, inBrackets, bare] = HOST_AND_PORT.exec(host) ?? [];
    if (inBrackets !== undefined) return isIPv6(inBrackets);
    if (bare === undefined) return false;
    const name = normalize(bare);
    return isIPv4(name) || this.#names.has(name) || this.#endings.some((ending) => isBelow(name, ending));
  }
}

/** Whether a string is a name, `*.name` or `*`. */
export function isHostPattern(text: string): boolean {
  return text === '*' || NAME.test(normalize(text.startsWith('*.') ? text.slice(2) : text));
}

function isBelow(name: string, ending: string): boolean {
  return name.endsWith(ending) && NAME.test(name);
}

/** Normalizes a name: lower case, without the final dot of the root, and with non-ASCII letters as browsers send them. */
function normalize(name: string): string {
  const lower = name.toLowerCase().replace(/\.$/, '');
  return /^[\x20-\x7e]*$/.test(lower) ? lower : domainToASCII(lower);
}
