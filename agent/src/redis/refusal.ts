/**
 * The codes by which Redis answers that something cannot be had, whoever asks how often: no such group, no such right, a key of another
 * type, no room. Both clients leave its words as they are. While it loads, or fails over, it says so by others.
 */
const REFUSALS = /^(?:NOGROUP|NOPERM|NOAUTH|WRONGTYPE|UNBLOCKED|READONLY|OOM|MISCONF|ERR)\b/;

/** Whether the server itself has answered with an error, as opposed to a connection that was lost. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && REFUSALS.test(error.message);
}
