/** What is known of a connection that has ended without goodbye. */
export interface Parting {
  /**
   * True: nothing came over it for too long, while it stayed open. False: the other end has closed it, which the system does by itself
   * when a process ends.
   */
  readonly silent: boolean;
  /** The worker runs on the host of the monitor, so that no network lies between the two. */
  readonly sameHost: boolean;
  /** State of its process, one letter as in /proc; empty: it is gone, or that cannot be seen. */
  readonly processState: string;
}

/** What is needed of the two ends of the connection. */
export interface Ends {
  readonly silent: boolean;
  readonly remoteAddress: string;
  readonly localAddress: string;
  /** Host and process as the worker has named them, and the name of this host. */
  readonly host: string;
  readonly pid: number;
  readonly ownHost: string;
}

const loopback = /^(?:::ffff:)?127\.|^::1$/;

/**
 * The name of the host must be the same as well: a proxy on this host may connect for workers that run elsewhere, and a container
 * has a name of its own.
 *
 * @param readStat reads /proc/PID/stat; throws when there is none
 */
export function partingOf(ends: Ends, readStat: (pid: number) => string): Parting {
  const { silent, remoteAddress, localAddress, host, ownHost, pid } = ends;
  const here = loopback.test(remoteAddress) || (remoteAddress !== '' && remoteAddress === localAddress);
  const sameHost = here && host !== '' && host === ownHost;
  return { silent, sameHost, processState: sameHost ? stateOf(pid, readStat) : '' };
}

function stateOf(pid: number, readStat: (pid: number) => string): string {
  try {
    const stat = readStat(pid);
    // The name in parentheses may hold anything: the state follows the last one.
    return /^\) ([A-Za-z])/.exec(stat.slice(stat.lastIndexOf(')')))?.[1] ?? '';
  } catch {
    return '';
  }
}
