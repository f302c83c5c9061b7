import type { Case } from './classification.ts';

/** Something outside the code that holds what an operator has given it. */
export interface WayOut {
  /** dependency: somebody else's process. resource: something of this machine. */
  readonly category: 'dependency' | 'resource';
  /** What it is, for a sentence. */
  readonly name: string;
  /** False: a connection that was not open yet when it got its name looks like a pipe. */
  readonly certain: boolean;
}

/** Streams of the runtime, as the agent names them: by class, a connection with its other end. */
const connectionName = /^(?:TLS)?Socket (\S+:\d+)(?: \(sink\))?$/;
const pipeName = /^Socket(?: \(sink\))?$/;
/** The input of a child process, as the agent names it after its command. */
const childName = /^child \S+ stdin(?: \(sink\))?$/;
/** A request or answer of HTTP/2, which writes into a connection that it shares with others. */
const http2Name = /^(?:Client|Server)Http2Stream(?: \(sink\))?$/;
const fileName = /^WriteStream$/;

/**
 * What a stream of the runtime leads to, when the process holds it open. Names of operators are chosen by the worker's code, so
 * a name alone proves nothing: the resource of that kind, for a connection that very address, must be among the open ones.
 */
export function wayOutOf(operator: string, resources: readonly string[]): WayOut | undefined {
  const connections = resources.filter((resource) => /^T(?:CPSocket|LS)/.test(resource));
  const address = connectionName.exec(operator)?.[1];
  if (address !== undefined) {
    const open = connections.some((resource) => resource.replace(/[[\]]/g, '').split(' ')[1] === address);
    return open ? { category: 'dependency', name: `the connection to ${address}`, certain: true } : undefined;
  }
  if (childName.test(operator)) {
    const runs = resources.some((resource) => /^ProcessWrap/.test(resource));
    return runs ? { category: 'dependency', name: 'the input of a child process', certain: true } : undefined;
  }
  if (http2Name.test(operator)) {
    const name = 'a stream of HTTP/2, whose peer does not read';
    return connections.length > 0 ? { category: 'dependency', name, certain: true } : undefined;
  }
  if (pipeName.test(operator)) {
    const pipe = resources.some((resource) => /^Pipe/.test(resource));
    if (connections.length > 0) {
      return { category: 'dependency', name: pipe ? 'a connection or a pipe' : 'a connection', certain: !pipe };
    }
    return pipe ? { category: 'resource', name: 'a pipe', certain: true } : undefined;
  }
  const file = fileName.test(operator) && isFileRequestOpen(resources);
  return file ? { category: 'resource', name: 'a file', certain: true } : undefined;
}

/** Whether a read or write of a file is under way. */
export function isFileRequestOpen(resources: readonly string[]): boolean {
  return resources.some((resource) => /^FSReq/.test(resource));
}

/** The sentence for an operator that has put what it holds into something outside; undefined when it has not. */
export function handedOut(
  finding: Case['finding'],
  resources: readonly string[],
): (WayOut & { readonly reason: string }) | undefined {
  for (const { operator, blocked } of finding.outlets ?? []) {
    const way = wayOutOf(operator, resources);
    if (way === undefined) continue;
    const since = blocked ? 'which takes no more' : 'and nothing has come of it since';
    return { ...way, reason: `It has written what it holds into ${way.name}, ${since}.` };
  }
  return undefined;
}
