/** What ioredis 5 and 6 know of their own connection; everything may be missing. */
export interface IoredisState {
  readonly status?: unknown;
  /** The timer by which it dials again; null: none is set. */
  readonly reconnectTimeout?: unknown;
  /** The program has closed it. */
  readonly manuallyClosing?: unknown;
}

/**
 * Whose doing it is that a client which is away does not dial again; undefined: it does, or the program has closed it. It has come to
 * its end when the strategy of the program told it to stop; when it says that it reconnects, and no timer is set by which it would, the
 * library has lost its way.
 */
export function givenUpBy({
  status,
  reconnectTimeout,
  manuallyClosing,
}: IoredisState): 'program' | 'library' | undefined {
  if (status === 'end') return manuallyClosing === false ? 'program' : undefined;
  return status === 'reconnecting' && reconnectTimeout === null ? 'library' : undefined;
}
