import type { ChildBook } from '../connection/child-book.ts';
import type { ConnectionBook } from '../connection/connection-book.ts';
import { type ConnectionFacts, connectionFacts } from '../connection/connection-facts.ts';
import type { ThreadBook } from '../connection/thread-book.ts';
import { httpAgents } from '../pool/http-agents.ts';
import { MAX_TOLD, type PoolBook } from '../pool/pool-book.ts';
import type { PoolFacts } from '../pool/pool-facts.ts';

/** What this thread holds that somebody may be waited for through: its connections, and what lends things. */
export interface Holdings {
  readonly connections: readonly ConnectionFacts[];
  readonly pools: readonly PoolFacts[];
}

/** Where it is written down. */
export interface HoldingBooks {
  readonly connections: ConnectionBook;
  readonly children: ChildBook;
  readonly threads: ThreadBook;
  readonly pools: PoolBook;
}

/** Everything as it is now. */
export function holdingsOf({ connections, children, threads, pools }: HoldingBooks, nowMs: number): Holdings {
  return {
    connections: connectionFacts(connections, children, threads, nowMs, pools.held()),
    pools: [...httpAgents(connections.open()), ...pools.facts()].slice(0, MAX_TOLD),
  };
}
