/**
 * What the agent does beyond counting, and what its user or the monitor can switch off, each by itself:
 * `cpu-sample` stacks of what runs, taken when the event loop is blocked or when asked;
 * `await-sample` stacks of what is awaited, for which the heap is searched;
 * `error-watch` errors that the program throws and catches;
 * `source-reading` files of the program's source and their maps.
 */
export const FEATURES = ['cpu-sample', 'await-sample', 'error-watch', 'source-reading'] as const;

/** One of FEATURES. */
export type Feature = (typeof FEATURES)[number];

/** Why something is missing. */
export const isOffText = (what: string, feature: Feature): string =>
  `${what}: ${feature} is switched off, by the settings of the worker or by those of its monitor`;
