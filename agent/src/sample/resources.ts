/** How many different resources are named. */
const MAX_RESOURCES = 50;

/** What is looked at of a handle; which of it exists depends on its class. */
interface Handle {
  readonly remoteAddress?: unknown;
  readonly remotePort?: unknown;
  readonly listening?: unknown;
  readonly address?: () => unknown;
  readonly spawnfile?: unknown;
  readonly pid?: unknown;
}

/**
 * What keeps the event loop of this thread alive: the type, then for connections the peer's address and for child
 * processes the program's name without its arguments. Equal ones are counted. No credentials, no paths, no payload.
 */
export function listResources(): string[] {
  const counts = new Map<string, number>();
  const add = (name: string, by: number): void => void counts.set(name, (counts.get(name) ?? 0) + by);
  const named = new Map<string, number>();
  // Undocumented, but present in every version; it gives the objects where getActiveResourcesInfo gives only types.
  const handles = (process as { _getActiveHandles?: () => Handle[] })._getActiveHandles?.() ?? [];
  for (const handle of handles) {
    const found = describe(handle);
    if (found === undefined) continue;
    add(`${found.type} ${found.detail}`, 1);
    named.set(found.type, (named.get(found.type) ?? 0) + 1);
  }
  for (const type of process.getActiveResourcesInfo()) {
    const left = named.get(type) ?? 0;
    if (left > 0) named.set(type, left - 1);
    else add(type, 1);
  }
  return [...counts].slice(0, MAX_RESOURCES).map(([name, count]) => (count === 1 ? name : `${name} x${count}`));
}

function describe(handle: Handle): { readonly type: string; readonly detail: string } | undefined {
  try {
    if (typeof handle.remoteAddress === 'string') {
      return { type: 'TCPSocketWrap', detail: `${hostOf(handle.remoteAddress)}:${handle.remotePort}` };
    }
    if (handle.listening === true) {
      const address = handle.address?.() as { address?: string; port?: number } | string | null | undefined;
      if (typeof address !== 'object' || address === null) return undefined;
      return { type: 'TCPServerWrap', detail: `${hostOf(address.address ?? '')}:${address.port} (listening)` };
    }
    if (typeof handle.spawnfile === 'string') {
      return { type: 'ProcessWrap', detail: `${handle.spawnfile.split(/[\\/]/).at(-1)} (pid ${handle.pid})` };
    }
  } catch {
    // A handle that is being closed while it is looked at.
  }
  return undefined;
}

function hostOf(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
