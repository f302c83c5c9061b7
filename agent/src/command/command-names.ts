/**
 * What a monitor may ask a worker to do, as far as the worker's own user allows it; the same words in the settings, in the capabilities
 * and in the monitor's interface.
 */
export const COMMANDS = ['exit', 'set-interval', 'heap-dump'] as const;

/** One of COMMANDS. */
export type CommandName = (typeof COMMANDS)[number];
