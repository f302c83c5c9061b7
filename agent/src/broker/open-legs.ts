import type { ExplicitOperator } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import type { OperatorIdentity } from '../operator/operator.ts';
import type { OperatorLeg, SourceLocation } from '../thread/messages.ts';

/** The four steps of a consumer; what they are made of differs with the way in which a broker tells its messages apart. */
export interface Legs<F, D, H, C> {
  readonly fetch: F;
  readonly deliver: D;
  readonly handle: H;
  readonly commit: C;
}

type Make<T> = (identity: OperatorIdentity) => T;

const KINDS = { fetch: 'source', deliver: 'transform', handle: 'function', commit: 'sink' } as const;

/** Makes the four operators of a consumer and joins them in a line; undefined when the board is full. */
export function openLegs<
  F extends ExplicitOperator,
  D extends ExplicitOperator,
  H extends ExplicitOperator,
  C extends ExplicitOperator,
>(
  graph: Graph,
  name: string,
  location: SourceLocation | undefined,
  make: Legs<Make<F>, Make<D>, Make<H>, Make<C>>,
  job: string = '',
): Legs<F, D, H, C> | undefined {
  const add = <T extends ExplicitOperator>(leg: Exclude<OperatorLeg, 'produce'>, create: Make<T>): T | undefined =>
    graph.add({ name: `${name} ${leg}`, kind: KINDS[leg], unit: 'records', location, leg, job }, create);
  const fetch = add('fetch', make.fetch);
  const deliver = add('deliver', make.deliver);
  const handle = add('handle', make.handle);
  const commit = add('commit', make.commit);
  if (fetch === undefined || deliver === undefined || handle === undefined || commit === undefined) {
    for (const leg of [fetch, deliver, handle, commit]) leg?.end(true);
    return undefined;
  }
  graph.connect(fetch, deliver, 'manual', 0, [], always);
  graph.connect(deliver, handle, 'manual', 0, [], always);
  graph.connect(handle, commit, 'manual', 0, [], always);
  return { fetch, deliver, handle, commit };
}

function always(): boolean {
  return true;
}
