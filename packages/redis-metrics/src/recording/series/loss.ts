/** When Redis last lost data. */
export interface Loss {
  /** When a sender last noticed it, by the clock; initially minus infinity. */
  noticedAtMs: number;
}
