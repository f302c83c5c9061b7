import type { ProcessFiles } from './process-files.ts';

/** A TCP socket of this network that waits for connections or has one. */
export interface Socket {
  readonly inode: string;
  /** Address to connect to; a socket on all addresses is reached through the loopback one. */
  readonly host: string;
  readonly port: number;
  readonly state: 'listening' | 'connected';
  /** It belongs to the process. */
  readonly own: boolean;
}

const STATES: Readonly<Record<string, Socket['state']>> = { '0A': 'listening', '01': 'connected' };

/** The listening and connected sockets of the network the process is in, as /proc shows them. */
export function readSockets(files: ProcessFiles): Socket[] {
  const own = new Set(files.descriptors().flatMap((name) => /^socket:\[(\d+)\]$/.exec(name)?.[1] ?? []));
  return ['net/tcp', 'net/tcp6'].flatMap((name) =>
    files
      .text(name)
      .split('\n')
      .slice(1)
      .flatMap((line): Socket[] => {
        const [, local = '', , code = '', , , , , , inode = ''] = line.trim().split(/\s+/);
        const state = STATES[code];
        const [address = '', port = ''] = local.split(':');
        if (state === undefined || port === '') return [];
        return [{ inode, host: hostOf(address), port: Number.parseInt(port, 16), state, own: own.has(inode) }];
      }),
  );
}

/** The system writes addresses as words of four bytes in the order of the processor; all that matter here are little-endian. */
function hostOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.every((byte) => byte === '00')) return bytes.length === 4 ? '127.0.0.1' : '[::1]';
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => `${bytes[2 * index]}${bytes[2 * index + 1]}`);
  return `[${groups.join(':')}]`;
}
