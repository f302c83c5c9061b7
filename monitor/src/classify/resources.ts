/**
 * Resources behind which somebody outside the process may be slow, as the runtime and the agent name them. A pipe without an
 * address is the process's own standard stream, and a server socket waits for others by trade.
 */
const connection = /^(?:TCP(?!Server)|TLS|UDP|HTTP|Socket|GetAddrInfo|QueryWrap|Pipe\w* [^\sx])/i;

/** How many are worth naming in a sentence. */
export const mostNamed = 3;

/** The open resources behind which somebody else may be slow; at most three. */
export function openPeers(resources: readonly string[]): string[] {
  return resources.filter((resource) => connection.test(resource)).slice(0, mostNamed);
}
