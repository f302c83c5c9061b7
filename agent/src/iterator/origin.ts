import type { EdgeKind } from '../operator/edge.ts';
import type { Operator } from '../operator/operator.ts';
import type { SourceLocation } from '../thread/messages.ts';
import type { IteratorOperator } from './iterator-operator.ts';

/** Where the records of an iterator come from that is no generator. */
export interface Origin {
  readonly operator: Operator;
  /** through: what it holds is not known. */
  readonly kind: EdgeKind;
  /** How many it holds before it is told to wait; 0: not known. */
  readonly capacity: number;
}

/** Asked for when who takes the records is known, and from where. */
export type FindOrigin = (consumer: IteratorOperator, at: SourceLocation | undefined) => Origin | undefined;
