/** What the demo breaks. */
export type Fault = 'hang' | 'spin' | 'slow-sink';

/** A fault, the operator it is put into, and what goes wrong there, in words for a person. */
export interface FaultPlan {
  readonly fault: Fault;
  readonly operator: string;
  readonly description: string;
}

/** Every fault of the demo, in the order in which they are shown. */
export const FAULTS: Readonly<Record<Fault, FaultPlan>> = {
  hang: {
    fault: 'hang',
    operator: 'enrich',
    description: 'the connections of the dictionary are not given back: enrich awaits one that never comes',
  },
  spin: {
    fault: 'spin',
    operator: 'tokenise',
    description: 'the table of stop words has no free slot: tokenise looks for one without end',
  },
  'slow-sink': {
    fault: 'slow-sink',
    operator: 'write',
    description: 'the storage stops reading: write waits for its acknowledgement',
  },
};

/** The operators of the demo's worker, in the order of the flow. */
export const OPERATORS: readonly string[] = ['walk', 'read', 'tokenise', 'enrich', 'write'];
