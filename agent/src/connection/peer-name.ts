/** A socket of the file system: its path is nobody's business. */
const LOCAL = 'local socket';

/** Who is to be connected to, from the arguments of `socket.connect()`: host and port, and nothing else. */
export function peerOf(connectArguments: readonly unknown[]): string {
  // The runtime hands its own calls on as one list.
  const [first, second] = Array.isArray(connectArguments[0])
    ? (connectArguments[0] as readonly unknown[])
    : connectArguments;
  if (typeof first === 'object' && first !== null) {
    const { path, host, port } = first as { readonly path?: unknown; readonly host?: unknown; readonly port?: unknown };
    return path ? LOCAL : named(host, port);
  }
  if (typeof first === 'number' || /^\d+$/.test(String(first))) return named(second, first);
  return LOCAL;
}

function named(host: unknown, port: unknown): string {
  return `${bracketed(typeof host === 'string' && host !== '' ? host : 'localhost')}:${String(port)}`;
}

/** IPv6 addresses get the brackets that tell them from a port. */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
