/** Whether an error of kafkajs says that the broker could not be reached. Its retries carry the last error as their cause. */
export function isConnectionError(error: unknown): boolean {
  const { name, cause } = (error ?? {}) as { name?: unknown; cause?: { name?: unknown } };
  return /Connection|NoBroker|RequestTimeout/.test(`${String(name)} ${String(cause?.name)}`);
}
