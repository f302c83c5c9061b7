import type { Socket } from 'node:net';
import type { FollowedSocket } from '../connection/connection-book.ts';
import { bracketed } from '../connection/peer-name.ts';
import { runningOf } from '../connection/requests.ts';
import { symbolValue } from '../connection/symbol-value.ts';
import { TRAFFIC } from '../connection/traffic.ts';

/** Something that lends a bounded number of things and lets whoever comes after wait. Plain, for the inspector. */
export interface PoolFacts {
  /** The package, such as `pg-pool`. */
  readonly kind: string;
  /** `127.0.0.1:5432`; empty: not known. */
  readonly peer: string;
  /** How many it lends at most; 0: as many as are wanted. */
  readonly size: number;
  readonly inUse: number;
  /** Of those in use, the ones that are still being made, such as connections that are not there yet. */
  readonly making: number;
  /** Of those in use, the ones whose peer owes an answer. */
  readonly owed: number;
  /** Whoever waits for one. */
  readonly waiting: number;
  /** What holds it, such as the name of a command; empty: not known. */
  readonly holder: string;
}

/** What one package's pools look like inside. Undefined: it does not look like one, or not like one of a version that is known. */
export type ReadPool = (pool: object) => PoolFacts | undefined;

type Loose = Readonly<Record<string, unknown>>;

/** pg-pool 3, which is what `pg` has. */
export const readPgPool: ReadPool = (pool) => {
  const { _clients: clients, _idle: idle, _pendingQueue: queue, options } = pool as Loose;
  const { max, host, port } = (options ?? {}) as Loose;
  if (!Array.isArray(clients) || !Array.isArray(idle) || !Array.isArray(queue) || typeof max !== 'number')
    return undefined;
  const free = new Set(idle.map((item: { client?: unknown } | undefined) => item?.client));
  const used = clients.filter((client) => !free.has(client));
  const [some = { host, port }] = clients as Loose[];
  return {
    kind: 'pg-pool',
    peer: peerName(some.host, some.port),
    size: max,
    inUse: used.length,
    making: used.filter(isConnecting).length,
    owed: used.filter(owesAnswer).length,
    waiting: queue.length,
    holder: '',
  };
};

/** mysql2 3. Its queues are rings. */
export const readMysqlPool: ReadPool = (pool) => {
  const { _allConnections: all, _freeConnections: free, _connectionQueue: queue, config } = pool as Loose;
  const { connectionLimit, connectionConfig } = (config ?? {}) as Loose;
  const lengths = [all, free, queue].map((ring) => (ring as Loose | undefined)?.length);
  const [allLength, freeLength, waiting] = lengths;
  if (typeof allLength !== 'number' || typeof freeLength !== 'number' || typeof waiting !== 'number') return undefined;
  const { host, port } = (connectionConfig ?? {}) as Loose;
  const members = ringMembers(all).filter((member) => !ringMembers(free).includes(member));
  return {
    kind: 'mysql2',
    peer: peerName(host, port),
    size: typeof connectionLimit === 'number' ? connectionLimit : 0,
    inUse: allLength - freeLength,
    making: members.filter(isConnecting).length,
    owed: members.filter(owesAnswer).length,
    waiting,
    holder: '',
  };
};

/** generic-pool 3 lends anything; where that is a client with a socket, it is found out whether an answer is owed. */
export const readGenericPool: ReadPool = (pool) => {
  const {
    _resourceLoans: loans,
    _waitingClientsQueue: queue,
    _factoryCreateOperations: creating,
    _config,
  } = pool as Loose;
  const { max } = (_config ?? {}) as Loose;
  const waiting = (queue as Loose | undefined)?.length;
  if (!(loans instanceof Map) || !(creating instanceof Set) || typeof waiting !== 'number' || typeof max !== 'number') {
    return undefined;
  }
  const used = [...loans.keys()];
  return {
    kind: 'generic-pool',
    peer: '',
    size: max,
    inUse: loans.size + creating.size,
    making: creating.size + used.filter(isConnecting).length,
    owed: used.filter(owesAnswer).length,
    waiting,
    holder: '',
  };
};

/** undici's pools of every kind: clients, each with one connection, and requests that no client has taken. */
export const readUndiciPool: ReadPool = (pool) => {
  const clients = symbolValue(pool, 'clients');
  const queued = symbolValue(pool, 'queued');
  if (!Array.isArray(clients) || typeof queued !== 'number') return undefined;
  const most = symbolValue(pool, 'connections');
  const url = symbolValue(pool, 'url') as { readonly hostname?: unknown; readonly port?: unknown } | undefined;
  const used = clients.filter((client: object) => (runningOf(client) ?? 0) > 0 || isConnecting(client));
  return {
    kind: 'undici',
    peer: url === undefined ? '' : peerName(url.hostname, url.port === '' ? undefined : url.port),
    size: typeof most === 'number' ? most : 0,
    inUse: used.length,
    making: used.filter(isConnecting).length,
    owed: used.filter(owesAnswer).length,
    waiting: queued,
    holder: '',
  };
};

function ringMembers(ring: unknown): unknown[] {
  const { length, get } = ring as { readonly length: number; readonly get?: (index: number) => unknown };
  return typeof get === 'function' ? Array.from({ length }, (_, index) => get.call(ring, index)) : [];
}

function peerName(host: unknown, port: unknown): string {
  if (typeof host !== 'string' || host === '' || host.startsWith('/')) return '';
  return port === undefined ? bracketed(host) : `${bracketed(host)}:${String(port)}`;
}

/** The socket of a client, where such clients keep it. */
function socketOf(client: unknown): FollowedSocket | undefined {
  if (typeof client !== 'object' || client === null) return undefined;
  const { stream, socket, connection, _socket } = client as Loose;
  const context = symbolValue(client, 'http context') as Loose | null | undefined;
  const inner = (connection as Loose | null | undefined)?.stream;
  const candidates = [client, stream, socket, _socket, inner, context?.socket, symbolValue(client, 'socket')];
  return candidates.find((candidate): candidate is Socket => isSocket(candidate));
}

function isSocket(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'remoteAddress' in value && 'connecting' in value;
}

function owesAnswer(client: unknown): boolean {
  const traffic = socketOf(client)?.[TRAFFIC];
  return traffic !== undefined && (traffic.owes || traffic.untouched);
}

function isConnecting(client: unknown): boolean {
  if (socketOf(client)?.connecting === true) return true;
  return typeof client === 'object' && client !== null && symbolValue(client, 'connecting') === true;
}
