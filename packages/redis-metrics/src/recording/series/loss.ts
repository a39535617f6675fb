/** Whether Redis has lost data. */
export interface Loss {
  /** When a sender last noticed it, by the clock; minus infinity before. */
  noticedAtMs: number;
}
