/** How long collections of garbage are watched, for those who ask for them. */
export const GARBAGE_MS = 250;
