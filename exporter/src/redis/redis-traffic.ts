/** What was sent to Redis so far. */
export interface RedisTraffic {
  readonly commands: number;
  /** Times that Redis was waited for: commands sent while an answer is due go in one. */
  readonly roundTrips: number;
}

export const NO_TRAFFIC: RedisTraffic = { commands: 0, roundTrips: 0 };

/** The traffic of several connections. */
export function sumTraffic(all: Iterable<RedisTraffic>): RedisTraffic {
  let { commands, roundTrips } = NO_TRAFFIC;
  for (const one of all) {
    commands += one.commands;
    roundTrips += one.roundTrips;
  }
  return { commands, roundTrips };
}
