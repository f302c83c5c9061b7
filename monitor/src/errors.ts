/**
 * Every error the monitor raises on purpose. A code never changes its meaning and is never used again for another one.
 */
export const monitorErrorCodes = {
  /** A setting is missing, malformed, unknown, or contradicts another. The message lists every fault. */
  configInvalid: 'SG_MONITOR_CONFIG_INVALID',
  /** The configuration file could not be read or evaluated. */
  configUnreadable: 'SG_MONITOR_CONFIG_UNREADABLE',
  /** The address is taken by another process. */
  portInUse: 'SG_MONITOR_PORT_IN_USE',
  /** The address cannot be bound for another reason: no such address, no permission. */
  listenFailed: 'SG_MONITOR_LISTEN_FAILED',
  /** The data folder cannot be created or written. */
  dataUnwritable: 'SG_MONITOR_DATA_UNWRITABLE',
  /** Another monitor works in the same data folder. */
  dataInUse: 'SG_MONITOR_DATA_IN_USE',
  /** The data file was written by a newer version, or by another program. */
  dataForeign: 'SG_MONITOR_DATA_FOREIGN',
  /** A read or write of the store failed; nothing of that call was kept. */
  storeFailed: 'SG_MONITOR_STORE_FAILED',
  /** The store has reached its size limit or the disk is full; nothing of that call was kept. */
  storeFull: 'SG_MONITOR_STORE_FULL',
  /** Too many calls wait for the store; this one was not taken. */
  storeOverloaded: 'SG_MONITOR_STORE_OVERLOADED',
  /** The store was used before open() or after close(). */
  storeClosed: 'SG_MONITOR_STORE_CLOSED',
  /** The token is missing or wrong. */
  unauthorised: 'SG_MONITOR_UNAUTHORISED',
  /** Who asks is known, and may not do this. */
  forbidden: 'SG_MONITOR_FORBIDDEN',
  /** A parameter of a request is missing or malformed. */
  badRequest: 'SG_MONITOR_BAD_REQUEST',
  /** There is no such job, worker, incident or route. */
  notFound: 'SG_MONITOR_NOT_FOUND',
  /** The route exists in the contract and this version has no content for it yet. */
  notImplemented: 'SG_MONITOR_NOT_IMPLEMENTED',
  /** The worker is not connected, or did not answer in time. */
  workerUnavailable: 'SG_MONITOR_WORKER_UNAVAILABLE',
  /** The worker has tried to do what it was asked for, and failed. */
  commandFailed: 'SG_MONITOR_COMMAND_FAILED',
  /** An unexpected fault inside the monitor. */
  internal: 'SG_MONITOR_INTERNAL',
  /** A worker speaks a version of the protocol that this monitor does not know. */
  protocolVersion: 'SG_MONITOR_PROTOCOL_VERSION',
  /** A frame could not be understood, or came when it was not expected. */
  badFrame: 'SG_MONITOR_BAD_FRAME',
  /** No Hello arrived in time. */
  helloLate: 'SG_MONITOR_HELLO_LATE',
  /** A newer connection of the same worker took over. */
  replaced: 'SG_MONITOR_REPLACED',
  /** Too many connections, or too many messages on one connection. */
  tooMany: 'SG_MONITOR_TOO_MANY',
  /** A frame is larger than the limit. */
  tooLarge: 'SG_MONITOR_TOO_LARGE',
  /** The monitor is shutting down. */
  shuttingDown: 'SG_MONITOR_SHUTTING_DOWN',
} as const;

/** One of the stable codes above. */
export type MonitorErrorCode = (typeof monitorErrorCodes)[keyof typeof monitorErrorCodes];

/** A fault with a stable code and one sentence that names the fault and the mend. */
export class MonitorError extends Error {
  override readonly name = 'MonitorError';
  readonly code: MonitorErrorCode;

  constructor(code: MonitorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The text of anything that was thrown, on one line. */
export function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.replace(/\s+/g, ' ').trim();
}
