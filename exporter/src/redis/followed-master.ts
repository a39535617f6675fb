import { SentinelMaster, UnknownMasterError, type Endpoint } from '@redmeter/redis-connector';
import { connectionFailure } from './connection-failure.js';
import type { RedisAddress } from './redis-url.js';

/** The master that Sentinels name. A master that is cut off from its Sentinels continues to answer, so they are asked again. */
export class FollowedMaster {
  readonly #sentinels: SentinelMaster;
  #followed: Endpoint | undefined;

  /** @param sentinel the master's name, and the login for the Sentinels at `endpoints` */
  constructor({ endpoints }: Pick<RedisAddress, 'endpoints'>, sentinel: NonNullable<RedisAddress['sentinel']>) {
    const { login, master } = sentinel;
    const places = endpoints.flatMap((one) => (one.kind === 'tcp' ? [{ host: one.host, port: one.port }] : []));
    this.#sentinels = new SentinelMaster(
      places.map((place) => ({ ...place, ...login })),
      master,
    );
  }

  /**
   * The server to connect to.
   * @throws Error with the reason why the Sentinels name none
   */
  async locate(): Promise<Endpoint> {
    try {
      this.#followed = await this.#sentinels.locate();
      return this.#followed;
    } catch (error) {
      if (error instanceof UnknownMasterError) throw error;
      const reason = error instanceof Error ? connectionFailure(error) : String(error);
      throw new Error(`no Sentinel answers: ${reason}`, { cause: error });
    }
  }

  /** Whether the Sentinels now name another server than the one that was located last; false while none of them answers. */
  async hasMoved(): Promise<boolean> {
    const followed = this.#followed;
    if (followed === undefined) return false;
    try {
      const { host, port } = await this.#sentinels.locate();
      return host !== followed.host || port !== followed.port;
    } catch {
      return false;
    }
  }
}
