/** Why recordings are unknown. */
export interface Gap {
  /** The key of the series that it concerns, one byte a character; undefined: any of them may lack something. */
  readonly key?: string;
  /** Whether only the spread over the buckets is not known; count and sum are. */
  readonly isOfBucketsOnly?: true;
  /** For a person: what was seen, and what that means. */
  readonly reason: string;
}
