import type { FollowedSocket } from '../connection/connection-book.ts';
import { TRAFFIC } from '../connection/traffic.ts';
import type { PoolFacts } from './pool-facts.ts';

/** The parts of an agent of node:http that are looked at: lists by origin. */
interface HttpAgent {
  readonly maxSockets: number;
  readonly requests: Readonly<Record<string, readonly unknown[] | undefined>>;
  readonly sockets: Readonly<Record<string, readonly FollowedSocket[] | undefined>>;
}

/** Agents of `http` and `https` for which requests wait, found by the requests that use the given sockets. Never throws. */
export function httpAgents(sockets: readonly object[]): PoolFacts[] {
  const agents = new Set<HttpAgent>();
  for (const socket of sockets) {
    const agent = (socket as { readonly _httpMessage?: { readonly agent?: unknown } | null })._httpMessage?.agent;
    if (isAgent(agent)) agents.add(agent);
  }
  return [...agents].flatMap((agent) => Object.keys(agent.requests).flatMap((origin) => waitingFor(agent, origin)));
}

function waitingFor({ maxSockets, requests, sockets }: HttpAgent, origin: string): PoolFacts[] {
  const waiting = requests[origin]?.length ?? 0;
  const used = sockets[origin] ?? [];
  if (waiting === 0) return [];
  return [
    {
      kind: 'http.Agent',
      peer: used.find((socket) => socket[TRAFFIC] !== undefined)?.[TRAFFIC]?.history.peer ?? '',
      size: Number.isFinite(maxSockets) ? maxSockets : 0,
      inUse: used.length,
      making: used.filter(({ connecting }) => connecting).length,
      owed: used.filter((socket) => socket[TRAFFIC]?.owes === true).length,
      waiting,
      holder: '',
    },
  ];
}

function isAgent(value: unknown): value is HttpAgent {
  if (typeof value !== 'object' || value === null) return false;
  const { maxSockets, requests, sockets } = value as Partial<HttpAgent>;
  return typeof maxSockets === 'number' && typeof requests === 'object' && typeof sockets === 'object';
}
