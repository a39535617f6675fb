/** The stores there are. */
export const STORE_IMPLEMENTATIONS = ['embedded', 'redis'] as const;
